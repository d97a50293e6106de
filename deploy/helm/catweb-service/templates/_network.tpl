{{/* Nothing comes in and nothing goes out, but what is listed. */}}
{{- define "catweb.networkPolicy" -}}
{{- $policy := .Values.networkPolicy -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  podSelector:
    matchLabels:
      app.kubernetes.io/name: {{ .Chart.Name }}
      app.kubernetes.io/instance: {{ .Release.Name }}
  policyTypes: [Ingress, Egress]
  ingress:
    # The chart's own test.
    - from:
        - podSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .Chart.Name }}
              app.kubernetes.io/instance: {{ .Release.Name }}
              app.kubernetes.io/component: helm-test
      ports: [{protocol: TCP, port: {{ .Values.port }}}]
    {{- range concat $policy.ingressNamespaces $policy.monitoringNamespaces | uniq }}
    - from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . }}}}}]
      ports: [{protocol: TCP, port: {{ $.Values.port }}}]
    {{- end }}
    {{- if $policy.googleLoadBalancer }}
    # Google's load balancers and health checks.
    - from: [{ipBlock: {cidr: 35.191.0.0/16}}, {ipBlock: {cidr: 130.211.0.0/22}}]
      ports: [{protocol: TCP, port: {{ .Values.port }}}]
    {{- end }}
  egress:
    # Names: the cluster's DNS, and the cache on the node.
    - to:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
          podSelector: {matchLabels: {k8s-app: kube-dns}}
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
          podSelector: {matchLabels: {k8s-app: node-local-dns}}
        - ipBlock: {cidr: 169.254.20.10/32}
      ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    # The chart's own test, to the service.
    - to:
        - podSelector:
            matchLabels: {{ include "catweb.selectorLabels" . | nindent 14 }}
      ports: [{protocol: TCP, port: {{ .Values.port }}}]
    # The database.
    - to:
        - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ $policy.mongodb.namespace | default .Release.Namespace }}}}
          podSelector: {matchLabels: {{ toJson $policy.mongodb.podLabels }}}
      ports: [{protocol: TCP, port: {{ $policy.mongodb.port }}}]
    {{- if $policy.metadataServer }}
    # GKE's metadata server, which gives Workload Identity its tokens: the second address is that of clusters without Dataplane V2.
    - to: [{ipBlock: {cidr: 169.254.169.254/32}}]
      ports: [{protocol: TCP, port: 80}]
    - to: [{ipBlock: {cidr: 169.254.169.252/32}}]
      ports: [{protocol: TCP, port: 988}]
    {{- end }}
    {{- range $policy.googleApis.cidrs }}
    # Google's APIs: Pub/Sub.
    - to: [{ipBlock: {cidr: {{ . }}{{ with $policy.googleApis.exceptCidrs }}, except: {{ toJson . }}{{ end }}}}]
      ports: [{protocol: TCP, port: 443}]
    {{- end }}
    {{- with include (printf "%s.egress" .Chart.Name) . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- with $policy.extraEgress }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end -}}
