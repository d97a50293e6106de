# Which releases there are, and how the checks render them. Sourced.
# shellcheck shell=bash

ENVIRONMENTS=(test qa staging production)
# The version of Kubernetes that charts are rendered for: that of the cluster check.
RENDERED_FOR=1.35.4

use_helm() { go_tool helm helm.sh/helm/v3/cmd/helm v3.20.2; }
use_helm_unittest() {
  go_tool helm-unittest github.com/helm-unittest/helm-unittest/cmd/helm-unittest v1.1.2 github.com/helm-unittest/helm-unittest
}

# releases ENVIRONMENT: a line `RELEASE CHART VALUES_FILE...` for each; the files are relative to the chart.
releases() {
  local environment=$1 file=environments/$1.yaml
  case $environment in staging | production) printf 'foundation foundation %s\n' "$file" ;; esac
  printf 'backing-services backing-services %s\n' "$file"
  printf 'catweb-monitoring monitoring %s\n' "$file"
  printf 'cat-node cat-node %s\n' "$file"
  printf 'cadaver-exchange cadaver-exchange %s\n' "$file"
  case $environment in
    test | qa) printf 'mouse-trap-barn mouse-trap %s locations/barn.yaml\n' "$file" ;;
    *)
      printf 'mouse-trap-montreal mouse-trap %s locations/montreal.yaml\n' "$file"
      printf 'mouse-trap-quebec mouse-trap %s locations/quebec.yaml\n' "$file"
      ;;
  esac
}

# namespace_of CHART
namespace_of() {
  case $1 in
    foundation) echo catweb-gateway ;;
    monitoring) echo monitoring ;;
    *) echo apps ;;
  esac
}

is_service() { [[ $1 == cat-node || $1 == cadaver-exchange || $1 == mouse-trap ]]; }

# What a deployment gives to a service's chart and the repository does not hold.
given_values() {
  printf '%s\n' --set google.project=catweb-checked --set "image.digest=sha256:$(printf '%064d' 0)"
}

# copy_charts FOLDER: the charts, so that nothing is written into the clone.
copy_charts() {
  local chart
  mkdir -p "$1"
  cp -rL "$DEPLOY"/helm/*/ "$1"
  for chart in "$1"/*/; do
    [[ -f $chart/Chart.yaml ]] || { rm -rf "$chart"; continue; }
  done
}

# value_arguments CHARTS CHART ENVIRONMENT FILE...: one argument a line.
value_arguments() {
  local charts=$1 chart=$2 environment=$3 file
  shift 3
  for file in "$@"; do printf '%s\n' --values "$charts/$chart/$file"; done
  if is_service "$chart"; then given_values "$environment"; fi
}

# for_each_release CHARTS FUNCTION: calls FUNCTION ENVIRONMENT RELEASE CHART ARGUMENT...
for_each_release() {
  local charts=$1 function=$2 environment release chart files arguments
  for environment in "${ENVIRONMENTS[@]}"; do
    while read -r release chart files; do
      # shellcheck disable=SC2086 # one word per file
      mapfile -t arguments < <(value_arguments "$charts" "$chart" "$environment" $files)
      "$function" "$environment" "$release" "$chart" "${arguments[@]}"
    done < <(releases "$environment")
  done
}

# render_all CHARTS FOLDER: FOLDER/ENVIRONMENT/RELEASE.yaml
render_all() {
  local charts=$1 rendered=$2 count=0
  # shellcheck disable=SC2329 # for_each_release calls it
  render_one() {
    local environment=$1 release=$2 chart=$3
    shift 3
    mkdir -p "$rendered/$environment"
    helm template "$release" "$charts/$chart" --namespace "$(namespace_of "$chart")" --kube-version "$RENDERED_FOR" "$@" >"$rendered/$environment/$release.yaml"
    count=$((count + 1))
  }
  for_each_release "$charts" render_one
  say "helm template: $count releases"
}

lint_all() {
  local charts=$1 count=0
  # shellcheck disable=SC2329 # for_each_release calls it
  lint_one() {
    local chart=$3
    shift 3
    helm lint --quiet --strict --kube-version "$RENDERED_FOR" "$charts/$chart" "$@"
    count=$((count + 1))
  }
  for_each_release "$charts" lint_one
  say "helm lint --strict: $count releases"
}
