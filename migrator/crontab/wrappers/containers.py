"""Containers and other machines: where the command really runs."""

from __future__ import annotations

import shlex
from collections.abc import Callable

from migrator.crontab.options import Call, Options, plain
from migrator.crontab.reading import Container, Host, Reading
from migrator.crontab.wrappers.unwrapping import (
    Inner,
    Words,
    Wrapper,
    behind_dashes,
    change_folder,
    dispatches,
    joined,
    say_background,
    say_unknown,
    set_variables,
    word,
    wraps,
)
from migrator.i18n import _


def inside(tool: str, target: str | None, reading: Reading) -> None:
    """The command runs in a container, so the worker belongs there as well."""
    reading.cover(Container(tool, target), tool)
    reading.remark(
        "CM322",
        _("the command runs inside {target}, by {tool}").format(target=target or _("a container"), tool=tool),
        _("run the worker from that image, with the same variables and volumes"),
    )


def elsewhere(tool: str, host: str, reading: Reading) -> None:
    """The command runs on another machine, which this project's workers may not be."""
    reading.cover(Host(host), tool)
    reading.remark(
        "CM323",
        _("the command runs on another host, {host}").format(host=host),
        _("start a worker there with a queue of its own, or keep the job in cron"),
    )


def _settings(call: Call, reading: Reading) -> None:
    """What docker's options say of the command's surroundings."""
    set_variables(call.every("-e"), reading)
    reading.environment_files += call.every("--env-file")
    if folder := call.last("-w"):
        change_folder(folder, reading)
    if "-d" in call:
        say_background("--detach", reading)


def _container(tool: str, table: str) -> Wrapper:
    """``docker run [options] IMAGE COMMAND``; an entrypoint is a part of the command."""
    options = Options(table, getopt=False)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        command = (*_entrypoint(call), *behind_dashes(call.rest[1:]))
        if call.ends or not call.rest or not command:
            return None
        say_unknown(call, reading)
        inside(tool, plain(call.rest[0]), reading)
        _settings(call, reading)
        return command

    return unwrap


def _entrypoint(call: Call) -> Words:
    try:
        return tuple(word(part) for part in shlex.split(call.last("--entrypoint") or ""))
    except ValueError:  # no closing quotation
        return (word(call.last("--entrypoint") or ""),)


_COMMON = "-e|--env= --env-file= -w|--workdir= -u|--user= -i|--interactive -t|--tty --privileged -d|--detach"
EXEC = f"{_COMMON} --detach-keys= -l|--latest !--help"
RUN = f"""
    {_COMMON} --detach-keys= --add-host= --annotation= -a|--attach= --blkio-weight=
    --blkio-weight-device= --cap-add= --cap-drop= --cgroup-parent= --cgroupns= --cidfile= --cpu-count=
    --cpu-percent= --cpu-period= --cpu-quota= --cpu-rt-period= --cpu-rt-runtime= -c|--cpu-shares=
    --cpus= --cpuset-cpus= --cpuset-mems= --device= --device-cgroup-rule= --device-read-bps=
    --device-read-iops= --device-write-bps= --device-write-iops= --disable-content-trust --dns=
    --dns-option|--dns-opt= --dns-search= --domainname= --entrypoint= --expose= --gpus= --group-add=
    --health-cmd= --health-interval= --health-retries= --health-start-interval= --health-start-period=
    --health-timeout= -h|--hostname= --init --io-maxbandwidth= --io-maxiops= --ip= --ip6= --ipc=
    --isolation= --kernel-memory= -l|--label= --label-file= --link= --link-local-ip= --log-driver=
    --log-opt= --mac-address= -m|--memory= --memory-reservation= --memory-swap= --memory-swappiness=
    --mount= --name= --network|--net= --network-alias|--net-alias= --no-healthcheck --oom-kill-disable
    --oom-score-adj= --pid= --pids-limit= --platform= --pod= -p|--publish= -P|--publish-all --pull=
    -q|--quiet --read-only --replace --restart= --rm --runtime= --secret= --security-opt= --shm-size=
    --sig-proxy --stop-signal= --stop-timeout= --storage-opt= --sysctl= --systemd= --tmpfs= --ulimit=
    --use-api-socket --userns= --uts= -v|--volume= --volume-driver= --volumes-from= !--help
    """
DOCKER = """
    --config= -c|--context= -D|--debug -H|--host= -l|--log-level= --tls --tlscacert= --tlscert=
    --tlskey= --tlsverify --url= --connection= -n|--namespace= -a|--address= --log-level= !-v|--version
    !--help
    """
COMPOSE = """
    -f|--file= -p|--project-name= --profile= --env-file= --project-directory= --ansi= --progress=
    --parallel= --all-resources --compatibility --dry-run -c|--context= -D|--debug -H|--host=
    -l|--log-level= --tls --tlscacert= --tlscert= --tlskey= --tlsverify --skip-hostname-check --no-ansi
    --verbose !-v|--version !-h|--help
    """
COMPOSE_EXEC = """
    -e|--env= -w|--workdir= -u|--user= -i|--interactive -t|--tty --privileged -d|--detach --index=
    -T|--no-TTY|--no-tty --dry-run !--help
    """
COMPOSE_RUN = """
    -e|--env= --env-file= --env-from-file= -w|--workdir= -u|--user= -i|--interactive -t|--tty
    -d|--detach --build --cap-add= --cap-drop= --entrypoint= -l|--label= --name= --no-deps
    -T|--no-TTY|--no-tty -p|--publish= -P|--service-ports --pull= -q|--quiet --quiet-build --quiet-pull
    --remove-orphans --rm --use-aliases -v|--volume= --dry-run !--help
    """


def _compose(tool: str) -> Wrapper:
    return dispatches(COMPOSE, {"run": _container(tool, COMPOSE_RUN), "exec": _container(tool, COMPOSE_EXEC)})


def _docker(tool: str) -> Wrapper:
    commands = {"run": _container(tool, RUN), "exec": _container(tool, EXEC)}
    return dispatches(
        DOCKER, {**commands, "container": dispatches("", commands), "compose": _compose(f"{tool} compose")}
    )


KUBECTL = """
    --as= --as-group= --as-uid= --cache-dir= --certificate-authority= --client-certificate=
    --client-key= --cluster= --context= --disable-compression --insecure-skip-tls-verify --kubeconfig=
    --log-flush-frequency= --match-server-version -n|--namespace= --password= --profile=
    --profile-output= --request-timeout= -s|--server= --tls-server-name= --token= --user= --username=
    -v|--v= --vmodule= --warnings-as-errors
    """
KUBECTL_EXEC = (
    f"{KUBECTL} -c|--container= -f|--filename= --pod-running-timeout= -q|--quiet -i|--stdin -t|--tty"
)
KUBECTL_RUN = f"""
    {KUBECTL} -i|--stdin -t|--tty --attach --command --env= --image= --image-pull-policy= -l|--labels=
    --leave-stdin-open --override-type= --overrides= --annotations= --pod-running-timeout= --port=
    --privileged -q|--quiet --restart= --rm --expose --dry-run= --wait --timeout= --grace-period=
    --force -o|--output= --serviceaccount= --limits= --requests= --save-config --field-manager=
    """


def _kubectl(tool: str, table: str) -> Wrapper:
    """``kubectl exec POD -c CONTAINER -- COMMAND``: options on both sides of the pod."""
    options = Options(table, getopt=False)

    def unwrap(words: Words, reading: Reading) -> Inner | None:
        call = options.read(words)
        behind = options.read(call.rest) if call.rest else call  # the pod stands where a program would
        if not call.rest or not behind.rest:
            return None
        say_unknown(call, reading)
        say_unknown(behind, reading)
        inside(tool, plain(call.rest[0]), reading)
        set_variables(call.every("--env") + behind.every("--env"), reading)
        return behind_dashes(behind.rest)

    return unwrap


def _kube(tool: str) -> Wrapper:
    return dispatches(
        KUBECTL,
        {
            "exec": _kubectl(tool, KUBECTL_EXEC),
            "run": _kubectl(tool, KUBECTL_RUN),
            "rsh": _kubectl(tool, f"{KUBECTL_EXEC} --shell= -T|--no-tty"),
        },
    )


def _in(tool: str) -> Callable[[Call, tuple[str, ...], Reading], None]:
    """The first operand is the container."""

    def means(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
        inside(tool, operands[0] if operands else call.last("-n") or call.last("-t"), reading)
        set_variables(call.every("--env"), reading)

    return means


DOKKU_RUN = "-e|--env= --no-tty --force-tty --cron-id= --label= --ttl-seconds="
_DOKKU_RUN = wraps(DOKKU_RUN, operands=1, means=_in("dokku"), getopt=False)
_DOKKU_ENTER = wraps("--container-id=", operands=2, means=_in("dokku"), getopt=False)

# Heroku's parser takes its own options anywhere, so those of the command are the unknown ones.
HEROKU = Options(
    """
    -a|--app= -r|--remote= -s|--size= --type= -x|--exit-code -e|--env= --no-tty --no-notify
    --no-launcher --tail !--help
    """,
    getopt=False,
    permutes=True,
)


def _heroku(words: Words, reading: Reading) -> Inner | None:
    """``heroku run -a APP COMMAND``, also ``heroku run COMMAND -a APP``."""
    call = HEROKU.read(words)
    if call.ends or not call.rest:
        return None
    inside("heroku", call.last("-a") or call.last("-r"), reading)
    set_variables(";".join(call.every("-e")).split(";"), reading)
    if call.program.endswith("detached"):
        say_background("heroku run:detached", reading)
    command = behind_dashes(call.rest)
    return plain(command[0]) if len(command) == 1 else command


def _fly(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """``fly ssh console -a APP -C 'COMMAND'``."""
    inside("fly", call.last("-a"), reading)


FLY_CONSOLE = """
    -a|--app= -c|--config= -C|--command= -r|--region= -g|--group= -q|--quiet -u|--user= --machine=
    -A|--address= -o|--org= -s|--select --pty --container= -i|--identity=
    """
_FLY = dispatches(
    "", {"ssh": dispatches("", {"console": wraps(FLY_CONSOLE, text="-C", means=_fly, getopt=False)})}
)


SSH = Options(
    """
    -4 -6 -A -a -C -f -G -g -K -k -M -N -n -q -s -T -t -v -X -x -Y -y -B= -b= -c= -D= -E= -e= -F= -I=
    -i= -J= -L= -l= -m= -o= -p= -R= -S= -w= !-V !-O= !-Q= !-W=
    """
)


def _ssh(words: Words, reading: Reading) -> Inner | None:
    """``ssh [options] HOST [options] COMMAND...``: a shell over there reads the joined words."""
    call = SSH.read(words)
    if call.ends or not call.rest:
        return None
    behind = SSH.read(call.rest)
    if not behind.rest:
        return None
    say_unknown(call, reading)
    elsewhere("ssh", plain(call.rest[0]).rpartition("@")[2], reading)
    return joined(behind.rest)


def _vagrant(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """``vagrant ssh [NAME] -c 'COMMAND'``."""
    inside("vagrant", plain(call.rest[0]) if call.rest else None, reading)


VAGRANT_SSH = "-c|--command= -p|--plain -t|--tty --no-tty !-h|--help"

NSENTER = """
    -a|--all -t|--target= -m|--mount[=] -u|--uts[=] -i|--ipc[=] -n|--net[=] -p|--pid[=] -C|--cgroup[=]
    -U|--user[=] -T|--time[=] -S|--setuid= -G|--setgid= --preserve-credentials -r|--root[=] -w|--wd[=]
    -W|--wdns= -F|--no-fork -Z|--follow-context !-h|--help !-V|--version
    """
LXC = Options(
    """
    --env= --cwd= -u|--user= --group= -t|--force-interactive -T|--force-noninteractive --mode=
    -n|--disable-stdin --project= -q|--quiet -v|--verbose --debug
    """,
    getopt=False,
)


def _lxc(words: Words, reading: Reading) -> Inner | None:
    """``lxc exec [options] NAME [options] -- COMMAND``."""
    call = LXC.read(words)
    behind = LXC.read(call.rest) if call.rest else call
    if not call.rest or not behind.rest:
        return None
    inside("lxc", plain(call.rest[0]), reading)
    return behind_dashes(behind.rest)


def _nsenter(call: Call, operands: tuple[str, ...], reading: Reading) -> None:
    """nsenter(1) enters the namespaces of a process."""
    target = call.last("-t")
    inside("nsenter", _("process {pid}").format(pid=target) if target else None, reading)


CONTAINERS: dict[str, Wrapper] = {
    "docker": _docker("docker"),
    "podman": _docker("podman"),
    "nerdctl": _docker("nerdctl"),
    "docker-compose": _compose("docker compose"),
    "podman-compose": _compose("podman compose"),
    "kubectl": _kube("kubectl"),
    "oc": _kube("oc"),
    "dokku": dispatches(
        "--rm|--rm-container --detach --force --quiet --trace --global",
        {"run": _DOKKU_RUN, "run:detached": _DOKKU_RUN, "enter": _DOKKU_ENTER},
    ),
    "heroku": dispatches("", {"run": _heroku, "run:detached": _heroku}),
    "scalingo": dispatches("-a|--app= --region=", {"run": _heroku}),
    "fly": _FLY,
    "flyctl": _FLY,
    "lxc": dispatches("", {"exec": _lxc}),
    "incus": dispatches("", {"exec": _lxc}),
    "lxc-attach": wraps(
        "-n|--name= -u|--uid= -g|--gid= -v|--set-var= --clear-env --keep-env", means=_in("lxc")
    ),
    "chroot": wraps("--groups= --userspec= --skip-chdir !--help !--version", operands=1, means=_in("chroot")),
    "nsenter": wraps(NSENTER, means=_nsenter),
    "vagrant": dispatches("", {"ssh": wraps(VAGRANT_SSH, text="-c", means=_vagrant, permutes=True)}),
    "ssh": _ssh,
}
