{{/* Restricted in the sense of the Pod Security Standards, and more: no token of the API server, no service links. */}}
{{- define "catweb.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "catweb.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  privileged: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "catweb.podTemplate" -}}
metadata:
  labels: {{ include "catweb.labels" . | nindent 4 }}
  annotations:
    # GKE Autopilot and the cluster autoscaler may move it: nothing of worth is on its disk.
    cluster-autoscaler.kubernetes.io/safe-to-evict: "true"
    kubectl.kubernetes.io/default-container: {{ .Chart.Name }}
spec:
  serviceAccountName: {{ .Chart.Name }}
  {{- include "catweb.podSecurity" . | nindent 2 }}
  terminationGracePeriodSeconds: {{ include "catweb.graceSeconds" . }}
  {{- include "catweb.placement" . | nindent 2 }}
  containers:
    - name: {{ .Chart.Name }}
      image: {{ include "catweb.image" . }}
      imagePullPolicy: IfNotPresent
      args: [serve]
      ports: [{name: http, containerPort: {{ .Values.port }}, protocol: TCP}]
      env: {{ include "catweb.environment" (dict "root" . "host" "0.0.0.0") | nindent 8 }}
      {{- include "catweb.probes" . | nindent 6 }}
      lifecycle:
        # Until every node and load balancer knows that this pod is leaving, requests still come.
        preStop: {sleep: {seconds: {{ .Values.drain.endpointRemovalSeconds }}}}
      resources: {{ toYaml .Values.resources | nindent 8 }}
      {{- include "catweb.containerSecurity" . | nindent 6 }}
      volumeMounts:
        - {name: work, mountPath: /data}
        - {name: work, mountPath: /tmp}
        {{- if .Values.existingSecrets.databaseAuthority.name }}
        - {name: database-authority, mountPath: /etc/mongodb, readOnly: true}
        {{- end }}
        {{- with include (printf "%s.mounts" .Chart.Name) . | trim }}
        {{- . | nindent 8 }}
        {{- end }}
        {{- if .Values.google.federation.configMap }}
        - {name: google-identity, mountPath: /var/run/google, readOnly: true}
        {{- end }}
  volumes:
    - name: work
      emptyDir: {sizeLimit: {{ .Values.workVolume }}}
    {{- with .Values.existingSecrets.databaseAuthority }}
    {{- if .name }}
    # The authority's certificate only; the member's key stays where it is.
    - name: database-authority
      secret: {secretName: {{ .name }}, items: [{key: {{ .key }}, path: ca.crt}]}
    {{- end }}
    {{- end }}
    {{- with include (printf "%s.volumes" .Chart.Name) . | trim }}
    {{- . | nindent 4 }}
    {{- end }}
    {{- include "catweb.identityVolume" . | nindent 4 }}
{{- end -}}

{{/* preStop counts against it; it is longer than Pub/Sub's ack deadline (30 s), so that no batch under way is delivered twice. */}}
{{- define "catweb.graceSeconds" -}}
{{- with .Values.drain -}}
{{ add .endpointRemovalSeconds .requestSeconds .flushSeconds .marginSeconds }}
{{- end -}}
{{- end -}}

{{/* Alive asks the process only; ready asks the database and the bus, too (each within 2 s). */}}
{{- define "catweb.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 2
  failureThreshold: {{ div (.Values.startupPatienceSeconds | default 60) 2 }}
livenessProbe:
  httpGet: {path: /livez, port: http}
  periodSeconds: 10
  timeoutSeconds: 3
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: http}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{/* Replicas apart: on other nodes if possible, over zones as told; a location's own nodes when it has a zone or region. */}}
{{- define "catweb.placement" -}}
affinity:
  {{- with (.Values.location | default dict).nodes }}
  nodeAffinity:
    requiredDuringSchedulingIgnoredDuringExecution:
      nodeSelectorTerms:
        - matchExpressions:
            - {key: {{ .label }}, operator: In, values: {{ toJson .values }}}
  {{- end }}
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels: {{ include "catweb.selectorLabels" . | nindent 14 }}
{{- if .Values.singleWriter }}
# Its lease fences it: when its node is lost, another need not wait the usual five minutes until that is certain.
tolerations:
  - {key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute, tolerationSeconds: 20}
  - {key: node.kubernetes.io/not-ready, operator: Exists, effect: NoExecute, tolerationSeconds: 20}
{{- end }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: {{ .Values.spread.zones }}
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{ include "catweb.selectorLabels" . | nindent 8 }}
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    matchLabelKeys: [pod-template-hash]
    labelSelector:
      matchLabels: {{ include "catweb.selectorLabels" . | nindent 8 }}
{{- end -}}
