#!/usr/bin/env bash
# checks: every chart in every environment on a real API server: server-side apply, install, test, upgrade, rollback, quarantine, uninstall
# runs-cold-only-with-all: deploy/cluster/build.sh --check
set -euo pipefail
# shellcheck source=deploy/tools.bash
source "$(dirname "${BASH_SOURCE[0]}")/../tools.bash"
# shellcheck source=deploy/helm/charts.bash
source "$DEPLOY/helm/charts.bash"
# shellcheck source=deploy/cluster/cluster.bash
source "$DEPLOY/cluster/cluster.bash"
# shellcheck source=deploy/cluster/crds.bash
source "$DEPLOY/cluster/crds.bash"

ROLLED_OUT_WITHIN=120s
# What a service's chart can make.
KINDS=(deployment replicaset pod service serviceaccount poddisruptionbudget horizontalpodautoscaler networkpolicy ingress httproute
  healthcheckpolicy gcpbackendpolicy podmonitoring servicemonitor rules prometheusrule scaledobject triggerauthentication)

use_helm
use_cluster_programs
work=$(mktemp -d)
finish() {
  local status=$?
  stop_cluster "$work/cluster"
  rm -rf "$work"
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export HELM_CACHE_HOME=$work/helm/cache HELM_CONFIG_HOME=$work/helm/config HELM_DATA_HOME=$work/helm/data

copy_charts "$work/charts"
start_cluster "$work/cluster"
say "cluster: Kubernetes $KUBERNETES_VERSION, ready after $SECONDS s"
install_crds

# Restricted in the sense of the Pod Security Standards, as the chart `environment` makes it.
make_namespace() {
  kubectl create namespace "$1" >/dev/null
  kubectl label namespace "$1" pod-security.kubernetes.io/enforce=restricted >/dev/null
}

# What the operator of the database and the secret store make elsewhere.
make_references() {
  local namespace=$1 secret
  for secret in cat-node-database cadaver-exchange-database mouse-trap-database; do
    kubectl --namespace "$namespace" create secret generic "$secret" --from-literal=connectionString.standard=mongodb://checked >/dev/null
  done
  kubectl --namespace "$namespace" create secret generic cat-node-keys --from-literal=master-key=checked >/dev/null
  kubectl --namespace "$namespace" create configmap google-identity --from-literal=credentials.json='{}' >/dev/null
}

apply_one() {
  local environment=$1 release=$2 chart=$3
  shift 3
  helm template "$release" "$work/charts/$chart" --namespace "check-$environment" --kube-version "$RENDERED_FOR" "$@" >"$work/objects.yaml"
  kubectl config set-context --current --namespace="check-$environment" >/dev/null
  # --force-conflicts: what belongs to a whole cluster is here applied for several, one after the other.
  kubectl apply --server-side --force-conflicts --field-manager=check --validate=strict --filename "$work/objects.yaml" >"$work/applied"
  applied=$((applied + $(wc -l <"$work/applied")))
}

server_side_apply() {
  local environment
  applied=0
  for environment in "${ENVIRONMENTS[@]}"; do make_namespace "check-$environment"; done
  for_each_release "$work/charts" apply_one
  # No environment scales by this one; charts offer it.
  make_namespace check-hpa
  apply_one hpa cat-node cat-node --values "$work/charts/cat-node/environments/qa.yaml" --set google.project=catweb-checked \
    --set image.tag=v0.1.0 --set autoscaling.kind=hpa
  say "server-side apply: $applied objects of every chart in every environment"
}

refused() {
  local why=$1
  if kubectl apply --server-side --field-manager=check --validate=strict --namespace check-production --filename - >"$work/refusal" 2>&1; then
    fail "the cluster took what it should refuse: $why"
  fi
  grep -q "$why" "$work/refusal" || { cat "$work/refusal"; fail "refused, but not for $why"; }
}

# The check can fail: the API server, its admission and the resource definitions refuse what is wrong.
refusals() {
  local object
  object=$(kubectl --namespace check-production get deployment cat-node --output yaml --show-managed-fields=false \
    | sed -E '/^  (resourceVersion|uid|creationTimestamp|generation):/d; /^status:/,$d; s/^  name: cat-node$/  name: wrong/')
  echo "${object/terminationGracePeriodSeconds/terminationGracePeriodHours}" | refused 'terminationGracePeriodHours'
  echo "${object/memory: 512Mi/memory: a lot}" | refused 'quantities must match'
  echo "${object/whenUnsatisfiable: DoNotSchedule/whenUnsatisfiable: Perhaps}" | refused 'whenUnsatisfiable'
  printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: wrong}\nspec: {containers: [{name: a, image: a}]}\n' \
    | refused 'violates PodSecurity "restricted'
  printf 'apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: wrong}\nspec: {selector: {}, endpoints: [{honourLabels: true}]}\n' \
    | refused 'honourLabels'
  say "refusals: 5 wrong objects refused"
}

install_one() {
  local environment=$1 release=$2 chart=$3
  shift 3
  [[ $environment == production ]] || return 0
  if ! is_service "$chart"; then
    helm install "$release" "$work/charts/$chart" --namespace "$(namespace_of "$chart")" --create-namespace --wait "$@" >/dev/null
    [[ $chart != foundation ]] || make_references apps
    return
  fi
  helm install "$release" "$work/charts/$chart" --namespace apps --wait --timeout "$ROLLED_OUT_WITHIN" "$@" >/dev/null
  helm test "$release" --namespace apps --timeout "$ROLLED_OUT_WITHIN" >/dev/null
  helm upgrade "$release" "$work/charts/$chart" --namespace apps --wait --timeout "$ROLLED_OUT_WITHIN" "$@" \
    --set "image.digest=sha256:$(printf '%064d' 1)" >/dev/null
  is_image "$release" 1
  helm rollback "$release" 1 --namespace apps --wait --timeout "$ROLLED_OUT_WITHIN" >/dev/null
  is_image "$release" 0
  rolled+=("$release")
}

# Helm's own --wait is content with what a roll-out may be short of; this is not.
is_image() {
  kubectl --namespace apps rollout status "deployment/$1" --timeout "$ROLLED_OUT_WITHIN" >/dev/null
  kubectl --namespace apps get deployment "$1" --output jsonpath='{.spec.template.spec.containers[0].image}' | grep -q "$2\$" \
    || fail "$1 does not run the image with the digest that ends in $2"
}

roll_outs() {
  rolled=()
  for_each_release "$work/charts" install_one
  say "helm: installed, tested, upgraded and rolled back ${rolled[*]}"
  kubectl --namespace apps get deployment,pdb >&2
  quarantine
  helm uninstall "${rolled[@]}" --namespace apps --wait >/dev/null
  await "nothing is left of the releases" nothing_left
}

# What the services' own policies let in; those of their stores let in nobody but the services and themselves.
ingress_of() {
  kubectl --namespace apps get networkpolicies --selector 'app.kubernetes.io/name in (cat-node,cadaver-exchange,mouse-trap)' --output jsonpath='{range .items[*]}{.metadata.name} {.spec.ingress}{"\n"}{end}'
}

# A breach is answered: closed to everyone, and open again as it was. What runs in a pod cannot run here; deploy/breach/respond.sh tells it.
quarantine() {
  local respond=$DEPLOY/breach/respond.sh folder=$work/breach before
  before=$(ingress_of)
  ! "$respond" close "$folder" >/dev/null 2>&1 || fail "the quarantine began without evidence"
  "$respond" observe "$folder" >"$work/log"
  ! grep --recursive --quiet mongodb://checked "$folder" || fail "the evidence tells a secret"
  (cd "$folder" && sha256sum --check --quiet manifest.sha256)
  "$respond" --dry-run close "$folder" >>"$work/log"
  [[ $(ingress_of) == "$before" ]] || fail "a dry run changed something"
  "$respond" close "$folder" >>"$work/log"
  [[ $(ingress_of) != *"{"* ]] || { ingress_of; fail "the quarantine lets something in"; }
  "$respond" --dry-run revoke "$folder" >"$work/revoke"
  [[ $(grep --count 'exec deployment/cat-node .*revoke-all' "$work/revoke") == 1 && $(grep --count 'exec deployment/mouse-trap.*renew-credentials' "$work/revoke") == 1 ]] ||
    { cat "$work/revoke"; fail "not one revocation for each database"; }
  "$respond" open "$folder" >>"$work/log"
  [[ $(ingress_of) == "$before" ]] || fail "after the quarantine it is not as it was"
  say "quarantine: evidence kept, closed, and open again as it was"
}

nothing_left() {
  [[ -z $(kubectl --namespace apps get "$(IFS=,; echo "${KINDS[*]}")" --selector "app.kubernetes.io/name in (cat-node,cadaver-exchange,mouse-trap)" \
    --output name | tee "$work/left") ]]
}

roll_outs
server_side_apply
refusals
