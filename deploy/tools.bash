# Where the checks get their tools: pinned programs from the Go proxy, PyPI, npm and Debian, each installed once into the tools cache.
# Sourced by deploy/check and by each check. Each function prints nothing and leaves the program in the cache, or fails.
# shellcheck shell=bash
# shellcheck source=scripts/component.bash
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/component.bash"

DEPLOY=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPOSITORY=$(dirname "$DEPLOY")
TOOLS=$(tools_cache)
export DEPLOY REPOSITORY TOOLS

# go_tool NAME PACKAGE VERSION [MODULE]: builds PACKAGE into $TOOLS/go/NAME-VERSION and puts it into PATH as NAME. With MODULE (the module that
# holds PACKAGE) it is built in a copy of that module's source: for those whose `replace` lines have to hold.
go_tool() {
  local name=$1 package=$2 version=$3 module=${4:-}
  local home=$TOOLS/go/$name-$version
  with_lock "$TOOLS/.go-$name.lock" build_go_tool "$home" "$name" "$package" "$version" "$module"
  PATH=$home:$PATH
}

build_go_tool() {
  local home=$1 name=$2 package=$3 version=$4 module=$5 source
  [[ -x $home/$name ]] && return
  require go
  say "building $name $version"
  source=$(mktemp -d)
  (
    if [[ -n $module ]]; then
      cp -r --no-preserve=mode "$(go_module_dir "$module" "$version")/." "$source"
      cd "$source" || exit 1
      package=.${package#"$module"}
    else
      cd "$source" || exit 1
      go mod init example.org/tool >/dev/null 2>&1
      go get -tool "$package@$version" >log 2>&1 || { cat log >&2; exit 1; }
    fi
    CGO_ENABLED=0 GOFLAGS="-buildvcs=false -mod=mod" nice -n 10 go build -trimpath -ldflags '-s -w' -o "$source/built/$name" "$package"
  ) || fail "$name $version cannot be built"
  mkdir -p "$home"
  mv "$source/built/$name" "$home/$name"
  rm -rf "$source"
}

# go_module_dir MODULE VERSION: the folder of the module's source, fetched if need be.
go_module_dir() {
  require go python3
  (cd "$TOOLS" && go mod download -json "$1@$2") | python3 -c 'import json, sys; print(json.load(sys.stdin)["Dir"])'
}

# python_tools NAME REQUIREMENTS_FILE: a Python environment of its own in $TOOLS/NAME, its programs in PATH.
python_tools() {
  with_lock "$TOOLS/.$1.lock" make_python_environment "$TOOLS/$1" "$2"
  PATH=$TOOLS/$1/bin:$PATH
}

make_python_environment() {
  local home=$1 requirements=$2
  cmp -s "$requirements" "$home/requirements.txt" && return
  require python3
  say "installing $(tr '\n' ' ' <"$requirements")"
  python3 -m venv --clear "$home"
  "$home/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  cp "$requirements" "$home/requirements.txt"
}

# debian_tool PACKAGE PROGRAM: unpacks a Debian package into the cache, without installing it, and puts PROGRAM's folder into PATH.
# The version is that of the Debian release which runs the check.
debian_tool() {
  local package=$1 program=$2 home=$TOOLS/debian/$1 found
  command -v "$program" >/dev/null && return
  with_lock "$TOOLS/.debian-$package.lock" unpack_debian_package "$home" "$package"
  found=$(find "$home" -type f -path "*bin/$program" -perm -u+x | head -n 1)
  [[ -n $found ]] || fail "the Debian package $package holds no program $program"
  PATH=$(dirname "$found"):$PATH
}

unpack_debian_package() {
  local home=$1 package=$2 download
  [[ -d $home ]] && return
  require apt-get dpkg-deb
  say "unpacking the Debian package $package"
  download=$(mktemp -d)
  (
    cd "$download" || exit 1
    apt-get download -qq "$package" >log 2>&1 || { apt-get update -qq && apt-get download -qq "$package" >log 2>&1; } || { cat log >&2; exit 1; }
    dpkg-deb --extract ./*.deb unpacked
  )
  mkdir -p "$(dirname "$home")"
  mv "$download/unpacked" "$home"
  rm -rf "$download"
}
