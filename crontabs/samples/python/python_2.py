# Python 2: it declares a job beyond doubt, and cannot be read.
import cronjobs


# expect: CM147
@cronjobs.register
def report():
    print "done"
