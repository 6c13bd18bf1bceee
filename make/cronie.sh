# Builds cronie from Debian 13's source into build/cronie, where the tests find it; the machine stays as it is.
set -eu

suite=trixie
url=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Origin: Debian' 'Label: Debian' | head -n 1)
[ -n "$url" ] || {
    echo "cronie: apt knows no mirror of Debian" >&2
    exit 1
}
place=$PWD/build/cronie
daemon=$place/source/src/crond
[ -x "$daemon" ] && exec echo "$daemon is there"

mkdir -p "$place/lists/partial" "$place/cache/archives/partial" "$place/sources"
cat > "$place/sources/$suite.sources" <<END
Types: deb-src
URIs: $url
Suites: $suite
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
END
apt() {
    apt-get -q -o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts="$place/sources" \
        -o Dir::State::lists="$place/lists" -o Dir::Cache="$place/cache" -o APT::Sandbox::User=root "$@"
}
cd "$place"
apt update
apt source --download-only cronie
mkdir -p source
tar -xf cronie_*.orig.tar.* -C source --strip-components 1
cd source
for changed in ../cronie_*.debian.tar.*; do
    tar -xf "$changed"
done
grep -v '^#' debian/patches/series | while read -r patch; do
    patch -p1 -s < "debian/patches/$patch"
done
# The patches are newer than what autoconf made, which would be made anew without need.
for made in aclocal.m4 configure config.h.in; do
    touch "$made"
    sleep 1
done
find . -name Makefile.in -exec touch {} +
./configure -q --prefix=/usr --sysconfdir=/etc --localstatedir=/var SPOOL_DIR=/var/spool/cron/crontabs
make -s
echo "$daemon: make test ARGS=tests/oracle/test_lines_against_cronie.py"
