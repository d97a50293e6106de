# The resource definitions of others that our charts use: out of their Go modules, pinned. Sourced.
# What cannot be had as a module (Google's own kinds) is in crds/: structural definitions of ours, of the fields that we use, after Google's documentation.
# shellcheck shell=bash

GATEWAY_API_VERSION=v1.6.3
PROMETHEUS_OPERATOR_VERSION=v0.85.0
CERT_MANAGER_VERSION=v1.19.1
KEDA_VERSION=v2.18.1
ELASTIC_OPERATOR_VERSION=v3.2.0
MONGODB_OPERATOR_VERSION=v0.9.0

crd_files() {
  local dir
  dir=$(go_module_dir sigs.k8s.io/gateway-api "$GATEWAY_API_VERSION")
  printf '%s\n' "$dir"/config/crd/standard/gateway.networking.k8s.io_{gatewayclasses,gateways,httproutes,referencegrants}.yaml
  dir=$(go_module_dir github.com/prometheus-operator/prometheus-operator "$PROMETHEUS_OPERATOR_VERSION")
  printf '%s\n' "$dir"/example/prometheus-operator-crd/monitoring.coreos.com_{alertmanagers,prometheuses,prometheusrules,servicemonitors}.yaml
  dir=$(go_module_dir github.com/cert-manager/cert-manager "$CERT_MANAGER_VERSION")
  printf '%s\n' "$dir"/deploy/crds/cert-manager.io_{certificates,clusterissuers,issuers}.yaml
  dir=$(go_module_dir github.com/kedacore/keda/v2 "$KEDA_VERSION")
  printf '%s\n' "$dir"/config/crd/bases/keda.sh_{scaledobjects,triggerauthentications}.yaml
  dir=$(go_module_dir github.com/elastic/cloud-on-k8s/v3 "$ELASTIC_OPERATOR_VERSION")
  printf '%s\n' "$dir"/config/crds/v1/resources/{elasticsearch.k8s.elastic.co_elasticsearches,kibana.k8s.elastic.co_kibanas}.yaml
  dir=$(go_module_dir github.com/mongodb/mongodb-kubernetes-operator "$MONGODB_OPERATOR_VERSION")
  printf '%s\n' "$dir"/config/crd/bases/mongodbcommunity.mongodb.com_mongodbcommunity.yaml
  printf '%s\n' "$DEPLOY"/cluster/crds/*.yaml
}

install_crds() {
  local files
  mapfile -t files < <(crd_files)
  kubectl apply --server-side "${files[@]/#/--filename=}" >/dev/null
  kubectl wait --for=condition=Established crd --all --timeout=60s >/dev/null
  say "resource definitions: ${#files[@]} files"
}
