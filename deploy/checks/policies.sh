#!/usr/bin/env bash
# checks: what the charts render, by kube-score and by our own policies (conftest), and that each policy bites
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
# shellcheck source=deploy/helm/charts.bash
source "$DEPLOY/helm/charts.bash"

use_helm
go_tool conftest github.com/open-policy-agent/conftest v0.71.1
go_tool kube-score github.com/zegl/kube-score/cmd/kube-score v1.20.0 github.com/zegl/kube-score
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Without reason here, with one there: images are by digest, so that pulling again brings nothing; KEDA decides on the number of replicas,
# which kube-score does not see; our own policies cover both.
ignored=(container-image-pull-policy deployment-replicas)

each_refusal_has_a_case() {
  local refusals cases
  refusals=$(cat "$DEPLOY"/policy/*.rego | grep -c '^deny contains')
  cases=$(sed -n '/^cases := {/,/^}/p' "$DEPLOY/policy/policy_test.rego" | grep -c '"patch":')
  ((refusals == cases)) || fail "$refusals refusals in the policies, $cases cases in policy_test.rego"
  say "policies: $refusals, each with a case that it refuses"
}

conftest verify --no-color --policy "$DEPLOY/policy"
each_refusal_has_a_case
copy_charts "$work/charts"
render_all "$work/charts" "$work/rendered"
releases=0
for file in "$work"/rendered/*/*.yaml; do
  conftest test --no-color --quiet --combine --policy "$DEPLOY/policy" "$file"
  kube-score score --kubernetes-version "v${RENDERED_FOR%.*}" --output-format ci --exit-one-on-warning \
    "${ignored[@]/#/--ignore-test=}" "$file" >"$work/score" || { grep -vE '^\[(OK|SKIPPED)\]' "$work/score"; fail "kube-score: $file"; }
  releases=$((releases + 1))
done
say "conftest and kube-score: $releases releases"
