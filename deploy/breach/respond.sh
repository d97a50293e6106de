#!/usr/bin/env bash
# Answers a breach on a cluster: evidence, quarantine, revocation, and the way out. See --help.
set -euo pipefail

usage() {
  cat <<EOF_USAGE
Usage: ${0##*/} [--namespace NAMESPACE] [--dry-run] STEP FOLDER

What \`catweb breach\` does on one machine, step by step, on a cluster; docs/operations/breach.md says what is before, between and after.

  observe FOLDER   into a new folder: objects, events, logs of now and of the run before, who may do what, the names (not the values) of
                   secrets, and a list of hashes
  close FOLDER     nobody comes in: the services' network policies let nothing in any more; what they let in is kept in the folder. What
                   goes out was listed anyway: the database, the bus
  revoke FOLDER    every session, signing key, mailed link and trap credential, on the databases, by a replica that runs; then all replicas
                   restart. New credentials of traps go into the folder, for your eyes only
  open FOLDER      the network policies as they were

  --namespace      default: apps
  --dry-run        tells what would be changed, and changes nothing

Needs kubectl, with a context that may do this. Secrets that people keep are not replaced here: first close, then replace them, then revoke.
EOF_USAGE
}

namespace=apps dry_run=false arguments=()
while (($#)); do
  case $1 in
    --namespace) namespace=${2:?--namespace needs a name}; shift 2 ;;
    --dry-run) dry_run=true; shift ;;
    -h | --help) usage; exit ;;
    *) arguments+=("$1"); shift ;;
  esac
done
((${#arguments[@]} == 2)) || { usage >&2; exit 2; }
step=${arguments[0]} folder=${arguments[1]}
readonly SERVICES='app.kubernetes.io/name in (cat-node,cadaver-exchange,mouse-trap)'
readonly KINDS=deployments,replicasets,pods,services,serviceaccounts,configmaps,networkpolicies,roles,rolebindings,jobs,cronjobs,ingresses
umask 077

say() { printf '%s\n' "$*"; }
fail() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }
ask() { kubectl --namespace "$namespace" "$@"; }
change() {
  say "\$ kubectl --namespace $namespace $*"
  $dry_run || ask "$@"
}
names() { ask get "$1" --selector "$SERVICES" --output jsonpath='{range .items[*]}{.metadata.name}{"\n"}{end}'; }

observe() {
  local pod moment hashes
  mkdir "$folder" "$folder/logs"
  ask get "$KINDS" --output yaml --show-managed-fields >"$folder/objects.yaml"
  ask get events --sort-by=.lastTimestamp --output yaml >"$folder/events.yaml"
  # shellcheck disable=SC2016 # a template of Go, not ours to expand
  ask get secrets --output go-template='{{range .items}}{{.metadata.name}} {{.type}}{{range $key, $_ := .data}} {{$key}}{{end}}{{"\n"}}{{end}}' >"$folder/secrets.txt"
  kubectl get clusterrolebindings --output yaml >"$folder/clusterrolebindings.yaml"
  for pod in $(names pods); do
    for moment in false true; do
      ask logs "$pod" --all-containers --prefix --timestamps --previous="$moment" >"$folder/logs/$pod.previous-$moment" 2>&1 ||
        say "no logs of $pod (previous: $moment)"
    done
  done
  hashes=$(cd "$folder" && find . -type f -print0 | sort --zero-terminated | xargs --null sha256sum)
  printf '%s\n' "$hashes" >"$folder/manifest.sha256"
  say "observed: $(wc -l <"$folder/manifest.sha256") files; SHA-256 of manifest.sha256, to be noted elsewhere: $(sha256sum <"$folder/manifest.sha256" | cut -d' ' -f1)"
}

close() {
  local policy count
  [[ -f $folder/manifest.sha256 ]] || fail "observe first: $folder has no evidence"
  [[ ! -e $folder/ingress ]] || fail "$folder/ingress is there: it is closed already"
  mkdir "$folder/ingress"
  for policy in $(names networkpolicies); do
    ask get networkpolicy "$policy" --output jsonpath='{.spec.ingress}' >"$folder/ingress/$policy.json"
    change patch networkpolicy "$policy" --type merge --patch '{"spec":{"ingress":[]}}'
  done
  count=$(find "$folder/ingress" -type f | wc -l)
  ((count)) || fail "no service has a network policy in $namespace"
  ! $dry_run || { rm -r "$folder/ingress"; return 0; }
  [[ -z $(ask get networkpolicies --selector "$SERVICES" --output jsonpath='{.items[*].spec.ingress}') ]] || fail "something is let in still"
  say "closed: $count network policies let nothing in"
}

# Deployments of a service, one for each database.
by_database() {
  ask get deployments --selector "app.kubernetes.io/name=$1" --output \
    jsonpath='{range .items[*]}{.metadata.name} {.spec.template.spec.containers[0].env[?(@.name=="DATABASE_URL")].valueFrom.secretKeyRef.name}{"\n"}{end}' |
    sort --unique --key=2,2 | cut -d' ' -f1
}

revoke() {
  local release
  [[ -d $folder/ingress ]] || $dry_run || fail "close first: what is given out anew would be stolen again"
  for release in $(by_database cat-node); do
    change exec "deployment/$release" --container cat-node -- /usr/local/bin/cat-node revoke-all
  done
  for release in $(by_database mouse-trap); do
    say "new credentials of traps: $folder/trap-credentials-$release.jsonl"
    if $dry_run; then
      change exec "deployment/$release" --container mouse-trap -- /usr/local/bin/mouse-trap renew-credentials --to -
    else
      ask exec "deployment/$release" --container mouse-trap -- /usr/local/bin/mouse-trap renew-credentials --to - >"$folder/trap-credentials-$release.jsonl"
    fi
  done
  for release in $(names deployments); do change rollout restart "deployment/$release"; done
  for release in $(names deployments); do change rollout status "deployment/$release" --timeout 600s; done
}

open() {
  local saved policy
  [[ -d $folder/ingress ]] || fail "$folder/ingress is not there: nothing was closed"
  for saved in "$folder"/ingress/*.json; do
    policy=$(basename "$saved" .json)
    change patch networkpolicy "$policy" --type merge --patch "{\"spec\":{\"ingress\":$(cat "$saved")}}"
  done
  $dry_run || mv "$folder/ingress" "$folder/ingress-was"
  say "open again"
}

case $step in
  observe | close | revoke | open) "$step" ;;
  *) usage >&2; exit 2 ;;
esac
