// When do Go's cron packages start a job? robfig/cron is Kubernetes' and ofelia's; gorhill/cronexpr is what
// supercronic's own copy comes from, here in the loop of its cron/cron.go with a clock that waits for nobody.
//
// Lines of stdin: package, zone, schedule, start and end (epoch seconds, [start, end)), parted by tabs.
// Lines of stdout: the starts in epoch seconds, or "refused" or "panics" and why.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gorhill/cronexpr"
	"github.com/robfig/cron"
)

type schedule interface{ Next(time.Time) time.Time }

func read(name, text string) (schedule, error) {
	if name == "robfig" {
		return cron.ParseStandard(text)
	}
	return cronexpr.Parse(text)
}

func starts(jobs schedule, now, end time.Time) (told string) {
	defer func() {
		if fault := recover(); fault != nil {
			told = fmt.Sprint("panics ", fault)
		}
	}()
	found := []string{}
	start := now.Add(-time.Second)
	for now.Before(end) {
		start = jobs.Next(start)
		if start.IsZero() || !start.Before(end) {
			break
		}
		if start.Before(now) { // it took too long, says supercronic, and looks on from now
			now = now.Add(time.Second)
			start = now
			continue
		}
		found = append(found, strconv.FormatInt(start.Unix(), 10))
		now = start.Add(time.Second) // the job has run
	}
	return strings.Join(found, " ")
}

func main() {
	asked := bufio.NewScanner(os.Stdin)
	told := bufio.NewWriter(os.Stdout)
	defer told.Flush()
	for asked.Scan() {
		words := strings.Split(asked.Text(), "\t")
		zone, err := time.LoadLocation(words[1])
		if err != nil {
			panic(err)
		}
		jobs, err := read(words[0], words[2])
		if err != nil {
			fmt.Fprintln(told, "refused", err)
			continue
		}
		start, _ := strconv.ParseInt(words[3], 10, 64)
		end, _ := strconv.ParseInt(words[4], 10, 64)
		fmt.Fprintln(told, starts(jobs, time.Unix(start, 0).In(zone), time.Unix(end, 0)))
	}
}
