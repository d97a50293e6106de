{{- define "catweb.workload" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  {{- if eq .Values.autoscaling.kind "none" }}
  replicas: {{ .Values.replicas }}
  {{- end }}
  revisionHistoryLimit: 5
  progressDeadlineSeconds: 300
  {{- if .Values.singleWriter }}
  # The new one comes up at once and stands by, following the journal, while the old one drains; it trades when the old one has given the lease back.
  # It is not ready before, so the old one cannot be kept until it is.
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 1}
  {{- else }}
  minReadySeconds: 5
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  {{- end }}
  selector:
    matchLabels: {{ include "catweb.selectorLabels" . | nindent 6 }}
  template: {{ include "catweb.podTemplate" . | nindent 4 }}
{{- end -}}

{{- define "catweb.service" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
  {{- if eq .Values.route.kind "gateway" }}
  annotations:
    # Pods are the load balancer's endpoints, so that a leaving one gets no new requests.
    cloud.google.com/neg: '{"ingress": true}'
  {{- end }}
spec:
  type: ClusterIP
  selector: {{ include "catweb.selectorLabels" . | nindent 4 }}
  ports: [{name: http, port: {{ .Values.port }}, targetPort: http, protocol: TCP}]
{{- end -}}

{{/* Named after the service, not the release: Google's service accounts know it by this name (Terraform, module `identities`). */}}
{{- define "catweb.serviceAccount" -}}
{{- if .Values.serviceAccount.create }}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Chart.Name }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
  {{- if .Values.google.workloadIdentity }}
  annotations:
    iam.gke.io/gcp-service-account: {{ .Values.google.serviceAccount | default (printf "%s@%s.iam.gserviceaccount.com" .Chart.Name .Values.google.project) }}
  {{- end }}
automountServiceAccountToken: false
{{- end }}
{{- end -}}

{{- define "catweb.disruptionBudget" -}}
{{- if include "catweb.isReplicated" . }}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "catweb.fullname" . }}
  labels: {{ include "catweb.labels" . | nindent 4 }}
spec:
  maxUnavailable: {{ .Values.disruptionBudget.maxUnavailable }}
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{ include "catweb.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}
