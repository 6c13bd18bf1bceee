# Web, worker and beat: with docker compose where an engine answers, as local processes where none does.
set -eu

verb=$1
export DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-config.settings.local}"

say() {
    printf '%s: %s\n' "$verb" "$1"
}

engine_answers() {
    docker compose version >/dev/null 2>&1 && docker info >/dev/null 2>&1
}

with_docker() {
    say "docker compose (an engine answers)"
    case $verb in
        start) exec docker compose up ;;
        celery-all) exec docker compose up celery-worker celery-beat ;;
        celery-worker | celery-beat) exec docker compose up "$verb" ;;
        celery-status)
            docker compose exec celery-worker celery -A config inspect ping
            exec docker compose exec celery-worker celery -A config inspect active
            ;;
        celery-purge) exec docker compose exec celery-worker celery -A config purge ${FORCE:+-f} ;;
    esac
}

# The broker of the settings, or one that needs no server where nothing listens.
choose_broker() {
    choice=$(.venv/bin/python make/broker.py) || exit $?
    if [ "$choice" = none ]; then
        mkdir -p .dev
        printf '*\n' > .dev/.gitignore
        export CELERY_BROKER_URL=filesystem:// CELERY_BROKER_FOLDER="$PWD/.dev/broker"
        say "nothing listens at the broker's address; messages go through .dev/broker (CELERY_BROKER_URL chooses another)"
    fi
}

with_processes() {
    say "local processes (no docker compose with an engine)"
    sh make/setup.sh
    choose_broker
    celery=".venv/bin/python -m celery -A config"
    case $verb in
        celery-status)
            $celery inspect ping
            exec $celery inspect active
            ;;
        celery-purge) exec $celery purge ${FORCE:+-f} ;;
    esac
    .venv/bin/python manage.py migrate --noinput --verbosity 0
    together=".venv/bin/python make/together.py"
    worker="$celery worker --loglevel info"
    beat="$celery beat --loglevel info --pidfile="
    case $verb in
        start) exec $together $worker -- $beat -- .venv/bin/python manage.py runserver --noreload "127.0.0.1:${PORT:-8000}" ;;
        celery-all) exec $together $worker -- $beat ;;
        celery-worker) exec $worker ;;
        celery-beat) exec $beat ;;
    esac
}

if engine_answers; then with_docker; else with_processes; fi
