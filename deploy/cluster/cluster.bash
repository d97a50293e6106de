# A real control plane on loopback: etcd, API server, controller manager, scheduler, and nodes that kwok plays. Sourced.
# shellcheck shell=bash
# shellcheck source=deploy/cluster/versions.bash
source "$DEPLOY/cluster/versions.bash"

READY_WITHIN_SECONDS=120

use_cluster_programs() {
  "$DEPLOY/cluster/build.sh"
  go_tool kwok sigs.k8s.io/kwok/cmd/kwok "$KWOK_VERSION"
  go_tool etcd go.etcd.io/etcd/server/v3 "$ETCD_VERSION"
  PATH=$CLUSTER_BIN:$PATH
}

# start_cluster FOLDER: leaves KUBECONFIG set to the administrator's.
start_cluster() {
  local home=$1 etcd_port peer_port
  mkdir -p "$home/pki"
  etcd_port=$(free_port) peer_port=$(free_port)
  start_component "$home/etcd" "$etcd_port" 30 etcd --data-dir "$home/etcd/data" --unsafe-no-fsync \
    --listen-client-urls "http://127.0.0.1:$etcd_port" --advertise-client-urls "http://127.0.0.1:$etcd_port" \
    --listen-peer-urls "http://127.0.0.1:$peer_port" --initial-advertise-peer-urls "http://127.0.0.1:$peer_port" \
    --initial-cluster "default=http://127.0.0.1:$peer_port"
  start_api_server "$home" "$etcd_port"
  start_controllers "$home"
  start_nodes "$home"
}

stop_cluster() {
  local part
  for part in kwok scheduler controllers api-server etcd; do stop_component "$1/$part"; done
}

start_api_server() {
  local home=$1 etcd_port=$2 port user
  port=$(free_port)
  openssl genrsa -out "$home/pki/tokens.key" 2048 2>/dev/null
  for user in admin system:kube-controller-manager system:kube-scheduler; do
    make_kubeconfig "$home" "$user" "$port"
  done
  start_component "$home/api-server" "$port" "$READY_WITHIN_SECONDS" kube-apiserver \
    --etcd-servers "http://127.0.0.1:$etcd_port" --bind-address 127.0.0.1 --secure-port "$port" --advertise-address 127.0.0.1 \
    --endpoint-reconciler-type none --cert-dir "$home/pki" --token-auth-file "$home/tokens.csv" --authorization-mode Node,RBAC \
    --service-account-issuer https://kubernetes.default.svc --service-account-key-file "$home/pki/tokens.key" \
    --service-account-signing-key-file "$home/pki/tokens.key" --service-cluster-ip-range 10.96.0.0/16
  export KUBECONFIG=$home/admin.kubeconfig
  await "the API server is ready" kubectl get --raw /readyz
}

# Each user has a token of its own, made for this run.
make_kubeconfig() {
  local home=$1 user=$2 port=$3 token groups=
  token=$(openssl rand -hex 16)
  [[ $user != admin ]] || groups=',"system:masters"'
  printf '%s,%s,%s%s\n' "$token" "$user" "$user" "$groups" >>"$home/tokens.csv"
  cat >"$home/${user#system:kube-}.kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{name: check, cluster: {server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true}}]
users: [{name: user, user: {token: $token}}]
contexts: [{name: check, context: {cluster: check, user: user}}]
current-context: check
END
}

start_controllers() {
  local home=$1 port
  port=$(free_port)
  start_component "$home/controllers" "$port" 60 kube-controller-manager --secure-port "$port" --bind-address 127.0.0.1 --leader-elect=false \
    --kubeconfig "$home/controller-manager.kubeconfig" --authentication-kubeconfig "$home/controller-manager.kubeconfig" \
    --authorization-kubeconfig "$home/controller-manager.kubeconfig" --use-service-account-credentials \
    --service-account-private-key-file "$home/pki/tokens.key" --root-ca-file "$home/pki/apiserver.crt" --cert-dir "$home/controllers/pki"
  port=$(free_port)
  start_component "$home/scheduler" "$port" 60 kube-scheduler --secure-port "$port" --bind-address 127.0.0.1 --leader-elect=false \
    --kubeconfig "$home/scheduler.kubeconfig" --authentication-kubeconfig "$home/scheduler.kubeconfig" \
    --authorization-kubeconfig "$home/scheduler.kubeconfig" --cert-dir "$home/scheduler/pki"
}

# A node in each of the region's three zones.
start_nodes() {
  local home=$1 port zone
  port=$(free_port)
  start_component "$home/kwok" "$port" 30 kwok --kubeconfig "$home/admin.kubeconfig" --config "$DEPLOY/cluster/kwok-stages.yaml" \
    --manage-all-nodes=true --node-lease-duration-seconds 40 --cidr 10.244.0.0/16 --node-ip 10.0.0.1 --server-address "127.0.0.1:$port"
  for zone in a b c; do
    kubectl create -f - >/dev/null <<END
apiVersion: v1
kind: Node
metadata:
  name: node-$zone
  labels: {kubernetes.io/hostname: node-$zone, topology.kubernetes.io/region: northamerica-northeast1, topology.kubernetes.io/zone: northamerica-northeast1-$zone}
END
  done
  kubectl wait --for=condition=Ready node --all --timeout="${READY_WITHIN_SECONDS}s" >/dev/null
}

# await WHAT COMMAND...: until the command succeeds.
await() {
  local what=$1 deadline=$((SECONDS + READY_WITHIN_SECONDS))
  shift
  until "$@" >/dev/null 2>&1; do
    ((SECONDS < deadline)) || fail "not within $READY_WITHIN_SECONDS s: $what"
    sleep 0.2
  done
}
