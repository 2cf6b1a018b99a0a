//! The table of structs with their fields.
//!
//! Models: kubernetes v1.36 `staging/src/k8s.io/api` and apimachinery `meta/v1`; the Gateway API's
//! `HTTPRoute`. The Go names are kept because the API server's complaints name them. Leaves out: the
//! insides of volume sources the simulator does not act on (`any`).

/// Every struct with its fields.
pub(super) const STRUCTS: &[(&str, &str)] = &[
    // Metadata.
    (
        "ObjectMeta",
        "name=string generateName=string namespace=string selfLink=string uid=UID \
         resourceVersion=string generation=int64 creationTimestamp=Time deletionTimestamp=Time \
         deletionGracePeriodSeconds=int64 labels=map:string annotations=map:string \
         ownerReferences=[]OwnerReference finalizers=[]string managedFields=[]~ManagedFieldsEntry",
    ),
    (
        "OwnerReference",
        "apiVersion=string kind=string name=string uid=UID controller=bool blockOwnerDeletion=bool",
    ),
    ("LabelSelector", "matchLabels=map:string matchExpressions=[]LabelSelectorRequirement"),
    ("LabelSelectorRequirement", "key=string operator=LabelSelectorOperator values=[]string"),
    // Deployments and ReplicaSets.
    (
        "Deployment",
        "kind=string apiVersion=string metadata=ObjectMeta spec=DeploymentSpec \
         status=DeploymentStatus",
    ),
    (
        "DeploymentSpec",
        "replicas=int32 selector=LabelSelector template=PodTemplateSpec \
         strategy=DeploymentStrategy minReadySeconds=int32 revisionHistoryLimit=int32 \
         paused=bool progressDeadlineSeconds=int32",
    ),
    ("DeploymentStrategy", "type=DeploymentStrategyType rollingUpdate=RollingUpdateDeployment"),
    ("RollingUpdateDeployment", "maxUnavailable=IntOrString maxSurge=IntOrString"),
    (
        "DeploymentStatus",
        "observedGeneration=int64 replicas=int32 updatedReplicas=int32 readyReplicas=int32 \
         availableReplicas=int32 unavailableReplicas=int32 terminatingReplicas=int32 \
         conditions=[]DeploymentCondition collisionCount=int32",
    ),
    (
        "DeploymentCondition",
        "type=DeploymentConditionType status=ConditionStatus lastUpdateTime=Time \
         lastTransitionTime=Time reason=string message=string",
    ),
    (
        "ReplicaSet",
        "kind=string apiVersion=string metadata=ObjectMeta spec=ReplicaSetSpec \
         status=ReplicaSetStatus",
    ),
    (
        "ReplicaSetSpec",
        "replicas=int32 minReadySeconds=int32 selector=LabelSelector template=PodTemplateSpec",
    ),
    (
        "ReplicaSetStatus",
        "replicas=int32 fullyLabeledReplicas=int32 readyReplicas=int32 availableReplicas=int32 \
         terminatingReplicas=int32 observedGeneration=int64 conditions=[]ReplicaSetCondition",
    ),
    (
        "ReplicaSetCondition",
        "type=ReplicaSetConditionType status=ConditionStatus lastTransitionTime=Time \
         reason=string message=string",
    ),
    // Pods.
    ("Pod", "kind=string apiVersion=string metadata=ObjectMeta spec=PodSpec status=PodStatus"),
    ("PodTemplateSpec", "metadata=ObjectMeta spec=PodSpec"),
    (
        "PodSpec",
        "volumes=[]Volume initContainers=[]Container containers=[]Container \
         ephemeralContainers=[]EphemeralContainer restartPolicy=RestartPolicy \
         terminationGracePeriodSeconds=int64 activeDeadlineSeconds=int64 dnsPolicy=DNSPolicy \
         nodeSelector=map:string serviceAccountName=string serviceAccount=string \
         automountServiceAccountToken=bool nodeName=string hostNetwork=bool hostPID=bool \
         hostIPC=bool shareProcessNamespace=bool securityContext=PodSecurityContext \
         imagePullSecrets=[]LocalObjectReference hostname=string subdomain=string \
         affinity=Affinity schedulerName=string tolerations=[]Toleration \
         hostAliases=[]HostAlias priorityClassName=string priority=int32 dnsConfig=PodDNSConfig \
         readinessGates=[]PodReadinessGate runtimeClassName=string enableServiceLinks=bool \
         preemptionPolicy=PreemptionPolicy overhead=ResourceList \
         topologySpreadConstraints=[]TopologySpreadConstraint setHostnameAsFQDN=bool os=PodOS \
         hostUsers=bool schedulingGates=[]PodSchedulingGate resourceClaims=[]PodResourceClaim \
         resources=ResourceRequirements hostnameOverride=string schedulingGroup=~PodSchedulingGroup",
    ),
    (
        "Container",
        "name=string image=string command=[]string args=[]string workingDir=string \
         ports=[]ContainerPort envFrom=[]EnvFromSource env=[]EnvVar \
         resources=ResourceRequirements resizePolicy=[]ContainerResizePolicy \
         restartPolicy=ContainerRestartPolicy restartPolicyRules=[]~ContainerRestartRule \
         volumeMounts=[]VolumeMount volumeDevices=[]VolumeDevice livenessProbe=Probe \
         readinessProbe=Probe startupProbe=Probe lifecycle=Lifecycle \
         terminationMessagePath=string terminationMessagePolicy=TerminationMessagePolicy \
         imagePullPolicy=PullPolicy securityContext=SecurityContext stdin=bool stdinOnce=bool \
         tty=bool",
    ),
    (
        "EphemeralContainer",
        "name=string image=string command=[]string args=[]string workingDir=string \
         ports=[]ContainerPort envFrom=[]EnvFromSource env=[]EnvVar \
         resources=ResourceRequirements resizePolicy=[]ContainerResizePolicy \
         restartPolicy=ContainerRestartPolicy restartPolicyRules=[]~ContainerRestartRule \
         volumeMounts=[]VolumeMount volumeDevices=[]VolumeDevice livenessProbe=Probe \
         readinessProbe=Probe startupProbe=Probe lifecycle=Lifecycle \
         terminationMessagePath=string terminationMessagePolicy=TerminationMessagePolicy \
         imagePullPolicy=PullPolicy securityContext=SecurityContext stdin=bool stdinOnce=bool \
         tty=bool targetContainerName=string",
    ),
    (
        "ContainerPort",
        "name=string hostPort=int32 containerPort=int32 protocol=Protocol hostIP=string",
    ),
    ("EnvVar", "name=string value=string valueFrom=EnvVarSource"),
    (
        "EnvVarSource",
        "fieldRef=ObjectFieldSelector resourceFieldRef=ResourceFieldSelector \
         configMapKeyRef=ConfigMapKeySelector secretKeyRef=SecretKeySelector \
         fileKeyRef=FileKeySelector",
    ),
    ("ObjectFieldSelector", "apiVersion=string fieldPath=string"),
    ("ResourceFieldSelector", "containerName=string resource=string divisor=Quantity"),
    ("ConfigMapKeySelector", "name=string key=string optional=bool"),
    ("SecretKeySelector", "name=string key=string optional=bool"),
    ("FileKeySelector", "volumeName=string path=string key=string optional=bool"),
    ("EnvFromSource", "prefix=string configMapRef=ConfigMapEnvSource secretRef=SecretEnvSource"),
    ("ConfigMapEnvSource", "name=string optional=bool"),
    ("SecretEnvSource", "name=string optional=bool"),
    ("ResourceRequirements", "limits=ResourceList requests=ResourceList claims=[]ResourceClaim"),
    ("ResourceClaim", "name=string request=string"),
    (
        "ContainerResizePolicy",
        "resourceName=ResourceName restartPolicy=ResourceResizeRestartPolicy",
    ),
    (
        "VolumeMount",
        "name=string readOnly=bool recursiveReadOnly=RecursiveReadOnlyMode mountPath=string \
         subPath=string mountPropagation=MountPropagationMode subPathExpr=string",
    ),
    ("VolumeDevice", "name=string devicePath=string"),
    (
        "Probe",
        "exec=ExecAction httpGet=HTTPGetAction tcpSocket=TCPSocketAction grpc=GRPCAction \
         initialDelaySeconds=int32 timeoutSeconds=int32 periodSeconds=int32 \
         successThreshold=int32 failureThreshold=int32 terminationGracePeriodSeconds=int64",
    ),
    ("Lifecycle", "postStart=LifecycleHandler preStop=LifecycleHandler stopSignal=Signal"),
    (
        "LifecycleHandler",
        "exec=ExecAction httpGet=HTTPGetAction tcpSocket=TCPSocketAction sleep=SleepAction",
    ),
    ("ExecAction", "command=[]string"),
    (
        "HTTPGetAction",
        "path=string port=IntOrString host=string scheme=URIScheme httpHeaders=[]HTTPHeader",
    ),
    ("HTTPHeader", "name=string value=string"),
    ("TCPSocketAction", "port=IntOrString host=string"),
    ("GRPCAction", "port=int32 service=string"),
    ("SleepAction", "seconds=int64"),
    (
        "SecurityContext",
        "capabilities=Capabilities privileged=bool seLinuxOptions=SELinuxOptions \
         windowsOptions=WindowsSecurityContextOptions runAsUser=int64 runAsGroup=int64 \
         runAsNonRoot=bool readOnlyRootFilesystem=bool allowPrivilegeEscalation=bool \
         procMount=ProcMountType seccompProfile=SeccompProfile appArmorProfile=AppArmorProfile",
    ),
    ("Capabilities", "add=[]Capability drop=[]Capability"),
    ("SELinuxOptions", "user=string role=string type=string level=string"),
    (
        "WindowsSecurityContextOptions",
        "gmsaCredentialSpecName=string gmsaCredentialSpec=string runAsUserName=string \
         hostProcess=bool",
    ),
    ("SeccompProfile", "type=SeccompProfileType localhostProfile=string"),
    ("AppArmorProfile", "type=AppArmorProfileType localhostProfile=string"),
    (
        "PodSecurityContext",
        "seLinuxOptions=SELinuxOptions windowsOptions=WindowsSecurityContextOptions \
         runAsUser=int64 runAsGroup=int64 runAsNonRoot=bool supplementalGroups=[]int64 \
         supplementalGroupsPolicy=SupplementalGroupsPolicy fsGroup=int64 sysctls=[]Sysctl \
         fsGroupChangePolicy=PodFSGroupChangePolicy seccompProfile=SeccompProfile \
         appArmorProfile=AppArmorProfile seLinuxChangePolicy=PodSELinuxChangePolicy",
    ),
    ("Sysctl", "name=string value=string"),
    ("LocalObjectReference", "name=string"),
    (
        "Affinity",
        "nodeAffinity=NodeAffinity podAffinity=PodAffinity podAntiAffinity=PodAntiAffinity",
    ),
    (
        "NodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution=NodeSelector \
         preferredDuringSchedulingIgnoredDuringExecution=[]PreferredSchedulingTerm",
    ),
    ("NodeSelector", "nodeSelectorTerms=[]NodeSelectorTerm"),
    (
        "NodeSelectorTerm",
        "matchExpressions=[]NodeSelectorRequirement matchFields=[]NodeSelectorRequirement",
    ),
    ("NodeSelectorRequirement", "key=string operator=NodeSelectorOperator values=[]string"),
    ("PreferredSchedulingTerm", "weight=int32 preference=NodeSelectorTerm"),
    (
        "PodAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution=[]PodAffinityTerm \
         preferredDuringSchedulingIgnoredDuringExecution=[]WeightedPodAffinityTerm",
    ),
    (
        "PodAntiAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution=[]PodAffinityTerm \
         preferredDuringSchedulingIgnoredDuringExecution=[]WeightedPodAffinityTerm",
    ),
    (
        "PodAffinityTerm",
        "labelSelector=LabelSelector namespaces=[]string topologyKey=string \
         namespaceSelector=LabelSelector matchLabelKeys=[]string mismatchLabelKeys=[]string",
    ),
    ("WeightedPodAffinityTerm", "weight=int32 podAffinityTerm=PodAffinityTerm"),
    (
        "Toleration",
        "key=string operator=TolerationOperator value=string effect=TaintEffect \
         tolerationSeconds=int64",
    ),
    ("HostAlias", "ip=string hostnames=[]string"),
    ("PodDNSConfig", "nameservers=[]string searches=[]string options=[]PodDNSConfigOption"),
    ("PodDNSConfigOption", "name=string value=string"),
    ("PodReadinessGate", "conditionType=PodConditionType"),
    ("PodOS", "name=OSName"),
    ("PodSchedulingGate", "name=string"),
    ("PodResourceClaim", "name=string resourceClaimName=string resourceClaimTemplateName=string"),
    (
        "TopologySpreadConstraint",
        "maxSkew=int32 topologyKey=string whenUnsatisfiable=UnsatisfiableConstraintAction \
         labelSelector=LabelSelector minDomains=int32 nodeAffinityPolicy=NodeInclusionPolicy \
         nodeTaintsPolicy=NodeInclusionPolicy matchLabelKeys=[]string",
    ),
    (
        "Volume",
        "name=string hostPath=HostPathVolumeSource emptyDir=EmptyDirVolumeSource \
         gcePersistentDisk=~GCEPersistentDiskVolumeSource awsElasticBlockStore=~AWSElasticBlockStoreVolumeSource gitRepo=~GitRepoVolumeSource secret=SecretVolumeSource \
         nfs=NFSVolumeSource iscsi=~ISCSIVolumeSource glusterfs=~GlusterfsVolumeSource persistentVolumeClaim=PersistentVolumeClaimVolumeSource \
         rbd=~RBDVolumeSource flexVolume=~FlexVolumeSource cinder=~CinderVolumeSource cephfs=~CephFSVolumeSource flocker=~FlockerVolumeSource \
         downwardAPI=DownwardAPIVolumeSource fc=~FCVolumeSource azureFile=~AzureFileVolumeSource \
         configMap=ConfigMapVolumeSource vsphereVolume=~VsphereVirtualDiskVolumeSource quobyte=~QuobyteVolumeSource azureDisk=~AzureDiskVolumeSource \
         photonPersistentDisk=~PhotonPersistentDiskVolumeSource projected=ProjectedVolumeSource portworxVolume=~PortworxVolumeSource \
         scaleIO=~ScaleIOVolumeSource storageos=~StorageOSVolumeSource csi=CSIVolumeSource ephemeral=~EphemeralVolumeSource image=~ImageVolumeSource",
    ),
    ("HostPathVolumeSource", "path=string type=HostPathType"),
    ("EmptyDirVolumeSource", "medium=StorageMedium sizeLimit=Quantity"),
    ("SecretVolumeSource", "secretName=string items=[]KeyToPath defaultMode=int32 optional=bool"),
    ("ConfigMapVolumeSource", "name=string items=[]KeyToPath defaultMode=int32 optional=bool"),
    ("KeyToPath", "key=string path=string mode=int32"),
    ("PersistentVolumeClaimVolumeSource", "claimName=string readOnly=bool"),
    ("NFSVolumeSource", "server=string path=string readOnly=bool"),
    (
        "CSIVolumeSource",
        "driver=string readOnly=bool fsType=string volumeAttributes=map:string \
         nodePublishSecretRef=LocalObjectReference",
    ),
    (
        "DownwardAPIVolumeFile",
        "path=string fieldRef=ObjectFieldSelector resourceFieldRef=ResourceFieldSelector mode=int32",
    ),
    (
        "VolumeProjection",
        "secret=SecretProjection downwardAPI=DownwardAPIProjection configMap=ConfigMapProjection \
         serviceAccountToken=ServiceAccountTokenProjection \
         clusterTrustBundle=~ClusterTrustBundleProjection podCertificate=~PodCertificateProjection",
    ),
    ("SecretProjection", "name=string items=[]KeyToPath optional=bool"),
    ("ConfigMapProjection", "name=string items=[]KeyToPath optional=bool"),
    ("DownwardAPIProjection", "items=[]DownwardAPIVolumeFile"),
    ("ServiceAccountTokenProjection", "audience=string expirationSeconds=int64 path=string"),
    ("DownwardAPIVolumeSource", "items=[]DownwardAPIVolumeFile defaultMode=int32"),
    ("ProjectedVolumeSource", "sources=[]VolumeProjection defaultMode=int32"),
    (
        "PodStatus",
        "observedGeneration=int64 phase=PodPhase conditions=[]~PodCondition message=string reason=string \
         nominatedNodeName=string hostIP=string hostIPs=[]~HostIP podIP=string podIPs=[]~PodIP \
         startTime=Time initContainerStatuses=[]~ContainerStatus containerStatuses=[]~ContainerStatus \
         qosClass=PodQOSClass ephemeralContainerStatuses=[]~ContainerStatus resize=PodResizeStatus \
         resourceClaimStatuses=[]~PodResourceClaimStatus \
         nodeAllocatableResourceClaimStatuses=[]~NodeAllocatableResourceClaimStatus \
         extendedResourceClaimStatus=~PodExtendedResourceClaimStatus allocatedResources=ResourceList \
         resources=ResourceRequirements",
    ),
    // Services.
    (
        "Service",
        "kind=string apiVersion=string metadata=ObjectMeta spec=ServiceSpec status=ServiceStatus",
    ),
    (
        "ServiceSpec",
        "ports=[]ServicePort selector=map:string clusterIP=string clusterIPs=[]string \
         type=ServiceType externalIPs=[]string sessionAffinity=ServiceAffinity \
         loadBalancerIP=string loadBalancerSourceRanges=[]string externalName=string \
         externalTrafficPolicy=ServiceExternalTrafficPolicy healthCheckNodePort=int32 \
         publishNotReadyAddresses=bool sessionAffinityConfig=SessionAffinityConfig \
         ipFamilies=[]IPFamily ipFamilyPolicy=IPFamilyPolicy \
         allocateLoadBalancerNodePorts=bool loadBalancerClass=string \
         internalTrafficPolicy=ServiceInternalTrafficPolicy trafficDistribution=string",
    ),
    (
        "ServicePort",
        "name=string protocol=Protocol appProtocol=string port=int32 targetPort=IntOrString \
         nodePort=int32",
    ),
    ("SessionAffinityConfig", "clientIP=ClientIPConfig"),
    ("ClientIPConfig", "timeoutSeconds=int32"),
    ("ServiceStatus", "loadBalancer=~LoadBalancerStatus conditions=[]~Condition"),
    // Nodes.
    ("Node", "kind=string apiVersion=string metadata=ObjectMeta spec=NodeSpec status=NodeStatus"),
    (
        "NodeSpec",
        "podCIDR=string podCIDRs=[]string providerID=string unschedulable=bool taints=[]Taint \
         configSource=~NodeConfigSource externalID=string",
    ),
    ("Taint", "key=string value=string effect=TaintEffect timeAdded=Time"),
    (
        "NodeStatus",
        "capacity=ResourceList allocatable=ResourceList phase=NodePhase conditions=[]~NodeCondition \
         addresses=[]~NodeAddress daemonEndpoints=~NodeDaemonEndpoints nodeInfo=~NodeSystemInfo images=[]~ContainerImage volumesInUse=[]string \
         volumesAttached=[]~AttachedVolume config=~NodeConfigStatus runtimeHandlers=[]~NodeRuntimeHandler features=~NodeFeatures \
         declaredFeatures=[]string",
    ),
    // Kinds that are kept as data.
    (
        "ConfigMap",
        "kind=string apiVersion=string metadata=ObjectMeta immutable=bool data=map:string \
         binaryData=map:bytes",
    ),
    (
        "Secret",
        "kind=string apiVersion=string metadata=ObjectMeta immutable=bool data=map:bytes \
         stringData=map:string type=SecretType",
    ),
    (
        "Namespace",
        "kind=string apiVersion=string metadata=ObjectMeta spec=NamespaceSpec \
         status=NamespaceStatus",
    ),
    ("NamespaceSpec", "finalizers=[]FinalizerName"),
    ("NamespaceStatus", "phase=NamespacePhase conditions=[]~NamespaceCondition"),
    (
        "ResourceQuota",
        "kind=string apiVersion=string metadata=ObjectMeta spec=ResourceQuotaSpec \
         status=ResourceQuotaStatus",
    ),
    (
        "ResourceQuotaSpec",
        "hard=ResourceList scopes=[]ResourceQuotaScope scopeSelector=ScopeSelector",
    ),
    ("ScopeSelector", "matchExpressions=[]ScopedResourceSelectorRequirement"),
    (
        "ScopedResourceSelectorRequirement",
        "scopeName=ResourceQuotaScope operator=ScopeSelectorOperator values=[]string",
    ),
    ("ResourceQuotaStatus", "hard=ResourceList used=ResourceList"),
    ("LimitRange", "kind=string apiVersion=string metadata=ObjectMeta spec=LimitRangeSpec"),
    ("LimitRangeSpec", "limits=[]LimitRangeItem"),
    (
        "LimitRangeItem",
        "type=LimitType max=ResourceList min=ResourceList default=ResourceList \
         defaultRequest=ResourceList maxLimitRequestRatio=ResourceList",
    ),
    (
        "PodDisruptionBudget",
        "kind=string apiVersion=string metadata=ObjectMeta spec=PodDisruptionBudgetSpec \
         status=PodDisruptionBudgetStatus",
    ),
    (
        "PodDisruptionBudgetSpec",
        "minAvailable=IntOrString selector=LabelSelector maxUnavailable=IntOrString \
         unhealthyPodEvictionPolicy=UnhealthyPodEvictionPolicyType",
    ),
    (
        "PodDisruptionBudgetStatus",
        "observedGeneration=int64 disruptedPods=map:Time disruptionsAllowed=int32 currentHealthy=int32 \
         desiredHealthy=int32 expectedPods=int32 conditions=[]~Condition",
    ),
    (
        "HorizontalPodAutoscaler",
        "kind=string apiVersion=string metadata=ObjectMeta spec=HorizontalPodAutoscalerSpec \
         status=HorizontalPodAutoscalerStatus",
    ),
    // The last field is that of autoscaling/v1.
    (
        "HorizontalPodAutoscalerSpec",
        "scaleTargetRef=CrossVersionObjectReference minReplicas=int32 maxReplicas=int32 \
         metrics=[]MetricSpec behavior=HorizontalPodAutoscalerBehavior \
         targetCPUUtilizationPercentage=int32",
    ),
    ("CrossVersionObjectReference", "kind=string name=string apiVersion=string"),
    (
        "MetricSpec",
        "type=MetricSourceType object=ObjectMetricSource pods=PodsMetricSource resource=ResourceMetricSource \
         containerResource=ContainerResourceMetricSource external=ExternalMetricSource",
    ),
    (
        "ObjectMetricSource",
        "describedObject=CrossVersionObjectReference target=MetricTarget metric=MetricIdentifier",
    ),
    ("PodsMetricSource", "metric=MetricIdentifier target=MetricTarget"),
    ("ExternalMetricSource", "metric=MetricIdentifier target=MetricTarget"),
    ("ContainerResourceMetricSource", "name=ResourceName target=MetricTarget container=string"),
    ("MetricIdentifier", "name=string selector=LabelSelector"),
    ("ResourceMetricSource", "name=ResourceName target=MetricTarget"),
    (
        "MetricTarget",
        "type=MetricTargetType value=Quantity averageValue=Quantity averageUtilization=int32",
    ),
    ("HorizontalPodAutoscalerBehavior", "scaleUp=HPAScalingRules scaleDown=HPAScalingRules"),
    (
        "HPAScalingRules",
        "stabilizationWindowSeconds=int32 selectPolicy=ScalingPolicySelect \
         policies=[]HPAScalingPolicy tolerance=Quantity",
    ),
    ("HPAScalingPolicy", "type=HPAScalingPolicyType value=int32 periodSeconds=int32"),
    (
        "HorizontalPodAutoscalerStatus",
        "observedGeneration=int64 lastScaleTime=Time currentReplicas=int32 desiredReplicas=int32 \
         currentMetrics=[]~MetricStatus conditions=[]~HorizontalPodAutoscalerCondition",
    ),
    (
        "PriorityClass",
        "kind=string apiVersion=string metadata=ObjectMeta value=int32 globalDefault=bool \
         description=string preemptionPolicy=PreemptionPolicy",
    ),
    (
        "Ingress",
        "kind=string apiVersion=string metadata=ObjectMeta spec=IngressSpec status=~IngressStatus",
    ),
    (
        "IngressSpec",
        "ingressClassName=string defaultBackend=IngressBackend tls=[]IngressTLS rules=[]IngressRule",
    ),
    ("IngressTLS", "hosts=[]string secretName=string"),
    ("TypedLocalObjectReference", "apiGroup=string kind=string name=string"),
    ("IngressRule", "host=string http=HTTPIngressRuleValue"),
    ("HTTPIngressRuleValue", "paths=[]HTTPIngressPath"),
    ("HTTPIngressPath", "path=string pathType=PathType backend=IngressBackend"),
    ("IngressBackend", "service=IngressServiceBackend resource=TypedLocalObjectReference"),
    ("IngressServiceBackend", "name=string port=ServiceBackendPort"),
    ("ServiceBackendPort", "name=string number=int32"),
    (
        "HTTPRoute",
        "kind=string apiVersion=string metadata=ObjectMeta spec=HTTPRouteSpec status=any",
    ),
    ("HTTPRouteSpec", "parentRefs=[]any hostnames=[]Hostname rules=[]HTTPRouteRule"),
    // What controllers report.
    (
        "EndpointSlice",
        "kind=string apiVersion=string metadata=ObjectMeta addressType=AddressType \
         endpoints=[]Endpoint ports=[]EndpointPort",
    ),
    (
        "Endpoint",
        "addresses=[]string conditions=EndpointConditions hostname=string \
         targetRef=ObjectReference deprecatedTopology=map:string nodeName=string zone=string \
         hints=~EndpointHints",
    ),
    ("EndpointConditions", "ready=bool serving=bool terminating=bool"),
    ("EndpointPort", "name=string protocol=Protocol port=int32 appProtocol=string"),
    (
        "ObjectReference",
        "kind=string namespace=string name=string uid=UID apiVersion=string \
         resourceVersion=string fieldPath=string",
    ),
    (
        "Event",
        "kind=string apiVersion=string metadata=ObjectMeta involvedObject=ObjectReference \
         reason=string message=string source=EventSource firstTimestamp=Time lastTimestamp=Time \
         count=int32 type=string eventTime=MicroTime series=EventSeries action=string \
         related=ObjectReference reportingComponent=string reportingInstance=string",
    ),
    ("EventSource", "component=string host=string"),
    ("EventSeries", "count=int32 lastObservedTime=MicroTime"),
    (
        "HTTPRouteRule",
        "name=string matches=[]any filters=[]any backendRefs=[]HTTPBackendRef timeouts=any \
         retry=any sessionPersistence=any",
    ),
    (
        "HTTPBackendRef",
        "group=string kind=string name=string namespace=string port=int32 weight=int32 \
         filters=[]any",
    ),
];
