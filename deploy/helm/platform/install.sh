#!/usr/bin/env bash
# Installs what others make and the services need on GKE (releases.yaml) into the current cluster. See --help.
set -euo pipefail

usage() {
  cat <<END
Usage: ${0##*/} [--print] --keda-service-account EMAIL

Installs or upgrades each release of releases.yaml with its pinned version, in order, and waits for it. Needs helm, python3 with PyYAML, and a
kubeconfig of the cluster. EMAIL is Terraform's output service_accounts["keda-operator"].

  --print   show the commands and run none
END
}

print=false account=
while (($#)); do
  case $1 in
    --print) print=true ;;
    --keda-service-account) account=${2:?--keda-service-account needs an address}; shift ;;
    -h | --help) usage; exit ;;
    *) usage >&2; echo "${0##*/}: unknown option $1" >&2; exit 2 ;;
  esac
  shift
done
[[ -n $account ]] || { usage >&2; exit 2; }
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

run() {
  if $print; then printf '%q ' "$@"; echo; else "$@"; fi
}

# name namespace chart version repository, a release a line
releases() {
  python3 - "$here/releases.yaml" <<'END'
import sys, yaml
for one in yaml.safe_load(open(sys.argv[1]))["releases"]:
    print(one["name"], one["namespace"], one["chart"], one["version"], one.get("repository", "-"))
END
}

while read -r name namespace chart version repository; do
  arguments=(--install "$name" "$chart" --version "$version" --namespace "$namespace" --create-namespace --values "$here/values/$name.yaml" --atomic)
  [[ $repository == - ]] || arguments+=(--repo "$repository")
  [[ $name != keda ]] || arguments+=(--set "podIdentity.gcp.gcpIAMServiceAccount=$account")
  run helm upgrade "${arguments[@]}"
done < <(releases)
