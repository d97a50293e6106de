# What the cluster check runs; sourced.
# shellcheck shell=bash disable=SC2034
KUBERNETES_VERSION=1.35.4
KWOK_VERSION=v0.8.0
# Older ones lack what Kubernetes 1.35 asks of a watch.
ETCD_VERSION=v3.6.5
CLUSTER_PROGRAMS=(kube-apiserver kube-controller-manager kube-scheduler kubectl)
CLUSTER_HOME=$TOOLS/kubernetes/$KUBERNETES_VERSION
CLUSTER_BIN=$CLUSTER_HOME/bin
