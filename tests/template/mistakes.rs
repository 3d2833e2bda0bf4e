//! Mistakes that somebody could make in the template, and what has to be found then.

use crate::stacks::TEMPLATE;

/// A change to the template.
pub(crate) struct Mistake {
    /// What is wrong then.
    pub(crate) what: &'static str,
    /// A text that is there once.
    from: &'static str,
    /// What stands in its place.
    to: &'static str,
    /// Words of what has to be found.
    pub(crate) finding: &'static str,
}

impl Mistake {
    /// The template with the mistake.
    ///
    /// # Panics
    ///
    /// If the text that it changes is not there once.
    pub(crate) fn made(&self) -> String {
        assert_eq!(TEMPLATE.matches(self.from).count(), 1, "{}: {}", self.what, self.from);
        TEMPLATE.replace(self.from, self.to)
    }
}

const fn mistake(
    what: &'static str,
    from: &'static str,
    to: &'static str,
    finding: &'static str,
) -> Mistake {
    Mistake { what, from, to, finding }
}

pub(crate) const ALL: &[Mistake] = &[
    // Settings
    mistake(
        "a setting is not declared",
        "          REQUIRE_HTTPS: !Ref RequireHttps\n",
        "",
        "REQUIRE_HTTPS is not declared",
    ),
    mistake(
        "a variable that is no setting",
        "          REQUIRE_HTTPS: !Ref RequireHttps",
        "          REQUIRE_HTTP: !Ref RequireHttps",
        "REQUIRE_HTTP is no setting",
    ),
    mistake(
        "a setting comes from another parameter",
        "          REVOCATION: !Ref Revocation",
        "          REVOCATION: !Ref ClientCertMode",
        "REVOCATION does not come from Revocation",
    ),
    mistake(
        "a value that the function refuses",
        "          TRUST_REFRESH_SECONDS: !Ref TrustRefreshSeconds",
        "          TRUST_REFRESH_SECONDS: !Sub \"${TrustRefreshSeconds}s\"",
        "the function would not start: 1 of the settings cannot be used; TRUST_REFRESH_SECONDS",
    ),
    mistake(
        "another default than the function's",
        "    Default: when-listed",
        "    Default: require-leaf",
        "Revocation has another default than the function",
    ),
    mistake(
        "another default than the README's, though the function takes it for the same",
        "    Default: x-amzn-mtls-clientcert",
        "    Default: X-Amzn-Mtls-Clientcert",
        "ClientCertHeader has another default than the README",
    ),
    mistake(
        "a choice that the function does not have",
        "[required, optional, report]",
        "[required, optional, report, disabled]",
        "ClientCertMode may be disabled",
    ),
    mistake(
        "preflights pass unless somebody says that they may not",
        "    Default: refuse\n",
        "    Default: forward\n",
        "Preflight has another default than the function",
    ),
    mistake(
        "a choice of the function's that is missing",
        "[\"off\", when-listed, require-leaf, require-chain]",
        "[\"off\", when-listed, require-leaf]",
        "Revocation may not be require-chain",
    ),
    mistake(
        "a bound beyond the function's",
        "    Default: 29000\n    MinValue: 1",
        "    Default: 29000\n    MinValue: 0",
        "GatewayTimeoutMs may be 0",
    ),
    mistake(
        "a parameter without an explanation",
        "    Description: Priority of the rule, which no other rule of the listener may have. Of the rules that match a request, the one with the lowest number decides.\n",
        "",
        "ListenerPriority is not explained",
    ),
    mistake(
        "a parameter that takes anything",
        "    MaxLength: 4096\n",
        "",
        "TrustBundle takes anything",
    ),
    mistake(
        "a pattern without words",
        "    ConstraintDescription: has to be the ID of a VPC.\n",
        "",
        "VpcId does not say what it has to be",
    ),
    mistake(
        "a parameter without effect",
        "MemorySize: !Ref MemorySize",
        "MemorySize: 512",
        "MemorySize has no effect",
    ),
    mistake(
        "a parameter in no group",
        "          - SslPolicy\n          - IdleTimeout\n",
        "          - IdleTimeout\n",
        "SslPolicy does not stand in exactly one group",
    ),
    mistake(
        "a parameter in two groups",
        "          - AlarmTopicArn\n",
        "          - AlarmTopicArn\n          - GatewayUrl\n",
        "GatewayUrl does not stand in exactly one group",
    ),
    mistake(
        "a group with a stranger",
        "          - AlarmTopicArn\n",
        "          - AlarmTopicArn\n          - AlarmTopic\n",
        "AlarmTopic stands in a group",
    ),
    mistake(
        "a timeout beyond Lambda's",
        "      Timeout: !Ref Timeout",
        "      Timeout: 1000",
        "a timeout of 1000 s is not from 1 to 900",
    ),
    mistake(
        "a timeout below the gateway's",
        "    Default: 35\n",
        "    Default: 29\n",
        "leaves no time after the gateway's 29 s",
    ),
    // Access
    mistake(
        "a role that may read every secret",
        "                Resource: !If [WithNewSecret, !Ref TrustBundleSecret, !Split [\",\", !Ref TrustBundleSecrets]]",
        "                Resource: \"*\"",
        "FunctionRole may, and need not: secretsmanager:GetSecretValue on *",
    ),
    mistake(
        "a role that may do more with secrets",
        "              - Effect: Allow\n                Action: secretsmanager:GetSecretValue\n                Resource: !If",
        "              - Effect: Allow\n                Action: secretsmanager:*\n                Resource: !If",
        "FunctionRole may, and need not: secretsmanager:* on",
    ),
    mistake(
        "a role that may not read a secret of the gateway's",
        "                  Resource: !Ref GatewayIdentitySecret",
        "                  Resource: !Ref GatewayCaSecret",
        "FunctionRole needs, and may not: secretsmanager:GetSecretValue on arn:aws:secretsmanager:eu-west-1:123456789012:secret:adapter-StUvWx",
    ),
    mistake(
        "a log that cannot be written",
        "[logs:CreateLogStream, logs:PutLogEvents]",
        "[logs:PutLogEvents]",
        "FunctionRole needs, and may not: logs:CreateLogStream",
    ),
    mistake(
        "a role that may create log groups",
        "[logs:CreateLogStream, logs:PutLogEvents]",
        "[logs:CreateLogGroup, logs:CreateLogStream, logs:PutLogEvents]",
        "FunctionRole may, and need not: logs:CreateLogGroup",
    ),
    mistake(
        "traces are written though nobody asked",
        "  Traced: !Equals [!Ref Tracing, Active]",
        "  Traced: !Equals [!Ref LoadBalancer, existing]",
        "FunctionRole may, and need not: xray:PutTraceSegments",
    ),
    mistake(
        "a key without a customer's key",
        "                  Resource: !Split [\",\", !Ref SecretsKmsKeyArns]",
        "                  Resource: \"*\"",
        "FunctionRole may, and need not: kms:Decrypt on *",
    ),
    mistake(
        "a key that decrypts for anybody",
        "                  Condition:\n                    StringEquals:\n                      kms:ViaService: !Sub \"secretsmanager.${AWS::Region}.${AWS::URLSuffix}\"\n",
        "",
        "FunctionRole may decrypt by itself",
    ),
    mistake(
        "interfaces for functions outside of a VPC",
        "          - InVpc\n          - PolicyName: join-vpc",
        "          - OnExistingListener\n          - PolicyName: join-vpc",
        "FunctionRole may, and need not: ec2:CreateNetworkInterface",
    ),
    mistake(
        "a function that may change the network",
        "                    \"Null\": { lambda:SourceFunctionArn: \"false\" }",
        "                    \"Null\": { lambda:SourceFunctionArn: \"true\" }",
        "FunctionRole lets the function itself change the network",
    ),
    mistake(
        "a policy of AWS's",
        "      Description: !Sub \"What the function of ${AWS::StackName} may do\"",
        "      ManagedPolicyArns: [arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]",
        "FunctionRole has policies of AWS's",
    ),
    mistake(
        "a role for others",
        "Principal: { Service: lambda.amazonaws.com }",
        "Principal: { AWS: \"*\" }",
        "FunctionRole is not for lambda.amazonaws.com alone",
    ),
    mistake(
        "the translator's role in place of ours",
        "        Role: !GetAtt FunctionRole.Arn\n",
        "",
        "attempts to create a new resource with id [FunctionRole]",
    ),
    mistake(
        "CodeDeploy's wide role in place of ours",
        "        Role: !If [RolledOutGradually, !GetAtt RollOutRole.Arn, !Ref AWS::NoValue]\n",
        "",
        "CodeDeployServiceRole is a role that nobody asked for",
    ),
    mistake(
        "a role that may move every alias",
        "                Resource: [!GetAtt Function.Arn, !Sub \"${Function.Arn}:*\"]",
        "                Resource: \"*\"",
        "RollOutRole may, and need not: lambda:UpdateAlias on *",
    ),
    mistake(
        "no permission at all",
        "    Type: AWS::Lambda::Permission",
        "    Type: AWS::CloudFormation::WaitConditionHandle",
        "nobody may invoke the function",
    ),
    mistake(
        "a permission for any target group",
        "targetgroup/alb-mtls-adapter-${Stack}/*\n",
        "targetgroup/*\n",
        "TargetGroupPermission is not pinned to",
    ),
    mistake(
        "a permission for any account",
        "      SourceAccount: !Ref AWS::AccountId\n",
        "",
        "TargetGroupPermission is not pinned to the account",
    ),
    mistake(
        "a permission for the function and not its alias",
        "      FunctionName: !If [OnManagedInstances, !Ref ManagedFunctionAliaslive, !Ref FunctionAliaslive]",
        "      FunctionName: !Ref Function",
        "TargetGroupPermission is for another function or alias",
    ),
    mistake(
        "a permission for everybody",
        "      Principal: elasticloadbalancing.amazonaws.com",
        "      Principal: \"*\"",
        "TargetGroupPermission is not for elasticloadbalancing.amazonaws.com",
    ),
    mistake(
        "a permission for everything",
        "      Action: lambda:InvokeFunction",
        "      Action: lambda:*",
        "TargetGroupPermission allows more than to invoke",
    ),
    mistake(
        "a target group before its permission",
        "    DependsOn: TargetGroupPermission\n",
        "",
        "TargetGroup may be made before its permission",
    ),
    mistake(
        "a secret that may be opened",
        "      BlockPublicPolicy: true",
        "      BlockPublicPolicy: false",
        "TrustBundleSecret may be opened to the public",
    ),
    mistake(
        "a policy that opens the secret",
        "          - Effect: Deny\n            Principal: \"*\"",
        "          - Effect: Allow\n            Principal: \"*\"",
        "TrustBundleSecret has a policy that allows something",
    ),
    // Entrance
    mistake(
        "another runtime",
        "      Runtime: provided.al2023",
        "      Runtime: provided.al2",
        "Function: is built and run as",
    ),
    mistake(
        "another program",
        "        Binary: bootstrap",
        "        Binary: alb-mtls",
        "Function: is built and run as",
    ),
    mistake(
        "another alias",
        "      AutoPublishAlias: live",
        "      AutoPublishAlias: current",
        "FunctionAliaslive is referred to, and is not there",
    ),
    mistake(
        "versions that are deleted while they are in use",
        "    UpdateReplacePolicy: Retain\n    Properties:\n      # What it has",
        "    Properties:\n      # What it has",
        "a version is deleted as soon as there is another",
    ),
    mistake(
        "single-value headers",
        "        - Key: lambda.multi_value_headers.enabled\n          Value: \"true\"",
        "        - Key: lambda.multi_value_headers.enabled\n          Value: \"false\"",
        "TargetGroup: multi-value headers are off",
    ),
    mistake(
        "a misspelt attribute of the target group",
        "lambda.multi_value_headers.enabled",
        "lambda.multi_value_header.enabled",
        "\"lambda.multi_value_header.enabled\" is no attribute",
    ),
    mistake(
        "an attribute that target groups of functions do not have",
        "        - Key: lambda.multi_value_headers.enabled",
        "        - Key: stickiness.enabled\n          Value: \"true\"\n        - Key: lambda.multi_value_headers.enabled",
        "\"stickiness.enabled\" is no attribute",
    ),
    mistake(
        "a target that is not the alias",
        "        - Id: !If [OnManagedInstances, !Ref ManagedFunctionAliaslive, !Ref FunctionAliaslive]",
        "        - Id: !GetAtt Function.Arn",
        "TargetGroup: its target is not the alias",
    ),
    mistake(
        "another type of target",
        "      TargetType: lambda",
        "      TargetType: ip",
        "TargetGroup: is not of the type lambda",
    ),
    mistake(
        "a name that another stack may have",
        "      Name: !Sub\n        - alb-mtls-adapter-${Stack}\n        - Stack: !Select [0, !Split [\"-\", !Select [2, !Split [\"/\", !Ref AWS::StackId]]]]\n      TargetType",
        "      Name: alb-mtls-adapter\n      TargetType",
        "TargetGroup: alb-mtls-adapter is too long, or not of this stack alone",
    ),
    mistake(
        "a rule with more values than it may have",
        "              Values: !Split [\",\", !Ref ListenerPaths]",
        "              Values: [/orders, /orders/*, /status, /status/*]",
        "ListenerRule: has more than five values",
    ),
    mistake(
        "a rule for other paths",
        "              Values: !Split [\",\", !Ref ListenerPaths]",
        "              Values: [/other]",
        "ListenerRule: is for",
    ),
    mistake(
        "all the traffic in place of what is tried",
        "  OnlyTried: !Equals [!Ref Traffic, tried]",
        "  OnlyTried: !Equals [!Ref Traffic, all]",
        "ListenerRule: is for",
    ),
    mistake(
        "a header that any value will do for",
        "              Values: [!Select [2, !Split [\"/\", !Ref AWS::StackId]]]",
        "              Values: [\"*\"]",
        "ListenerRule: is for",
    ),
    mistake(
        "all the traffic where nobody asked for it",
        "    Default: tried\n",
        "    Default: all\n",
        "Traffic: is not tried unless asked for",
    ),
    mistake(
        "every path where nobody named one",
        "    AllowedPattern: '^$|^/[^,\\s]*(,/[^,\\s]*){0,3}$'",
        "    AllowedPattern: '^$|^/[^,\\s]*(,/[^,\\s]*){0,3}$'\n    Default: /*",
        "ListenerPaths: has a default",
    ),
    mistake(
        "a curl line with another header",
        "--header 'X-Alb-Mtls-Adapter-Try: ${Stack}'",
        "--header 'X-Alb-Mtls-Try: ${Stack}'",
        "Next4Try: does not come through the rule",
    ),
    mistake(
        "a rule of the wrong listener",
        "      ListenerArn: !If [WithNewLoadBalancer, !Ref HttpsListener, !Ref ListenerArn]",
        "      ListenerArn: !If [WithNewLoadBalancer, !Ref HttpListener, !Ref ListenerArn]",
        "ListenerRule: is not of <HttpsListener>",
    ),
    mistake(
        "a function that answers any target group",
        "targetgroup/alb-mtls-adapter-${Stack}/*${Further}",
        "targetgroup/alb-mtls-adapter-${Stack}-2/*${Further}",
        "TargetGroup: the function does not answer alb-mtls-adapter-51af3dc0",
    ),
    mistake(
        "further target groups that are forgotten",
        "              Further: !If [WithFurtherTargetGroups, !Sub \",${TargetGroupArns}\", \"\"]",
        "              Further: !If [WithFurtherTargetGroups, \"\", !Sub \"${TargetGroupArns}\"]",
        "TargetGroup: the function does not answer alb-mtls-adapter-51af3dc0",
    ),
    mistake(
        "a rule that answers by itself",
        "        - Type: forward\n          TargetGroupArn: !Ref TargetGroup\n\n  NewLoadBalancer",
        "        - Type: fixed-response\n          FixedResponseConfig: { StatusCode: \"503\" }\n\n  NewLoadBalancer",
        "ListenerRule: does not forward",
    ),
    mistake(
        "a misspelt mode",
        "        Mode: passthrough",
        "        Mode: pass-through",
        "\"pass-through\" is no mode of mutual authentication",
    ),
    mistake(
        "mutual authentication that is off",
        "        Mode: passthrough",
        "        Mode: \"off\"",
        "HttpsListener: does not hand certificates over",
    ),
    mistake(
        "a security policy that does not exist",
        "    Default: ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09\n    AllowedValues:\n      - ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "    Default: ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025\n    AllowedValues:\n      - ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025",
        "HttpsListener: \"ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025\" is no security policy",
    ),
    mistake(
        "an old security policy to choose",
        "      - ELBSecurityPolicy-TLS13-1-3-2021-06",
        "      - ELBSecurityPolicy-TLS-1-1-2017-01",
        "SslPolicy: \"ELBSecurityPolicy-TLS-1-1-2017-01\" is no security policy",
    ),
    mistake(
        "a misspelt attribute of the listener",
        "        - - Key: routing.http.request.x_amzn_mtls_clientcert.header_name",
        "        - - Key: routing.http.request.x-amzn-mtls-clientcert.header_name",
        "\"routing.http.request.x-amzn-mtls-clientcert.header_name\" is no attribute",
    ),
    mistake(
        "a header that the function does not look for",
        "            Value: !Ref ClientCertHeader",
        "            Value: x-client-cert",
        "its certificate header is not the function's",
    ),
    mistake(
        "a listener without a certificate",
        "      Certificates:\n        - CertificateArn: !Ref CertificateArn\n",
        "",
        "HttpsListener: has no certificate",
    ),
    mistake(
        "a listener that takes for our hosts what is not for them",
        "          FixedResponseConfig: { StatusCode: \"404\" }",
        "          FixedResponseConfig: { StatusCode: \"503\" }",
        "HttpsListener: does not answer 404",
    ),
    mistake(
        "a listener that serves plain HTTP",
        "        - Type: redirect\n          RedirectConfig: { Protocol: HTTPS, Port: \"443\", StatusCode: HTTP_301 }",
        "        - Type: forward\n          TargetGroupArn: !Ref TargetGroup",
        "HttpListener: serves plain HTTP",
    ),
    mistake(
        "a load balancer that lets invalid headers pass",
        "        - Key: routing.http.drop_invalid_header_fields.enabled\n          Value: \"true\"\n",
        "",
        "NewLoadBalancer: lets invalid headers pass",
    ),
    mistake(
        "a misspelt attribute of the load balancer",
        "routing.http.drop_invalid_header_fields.enabled",
        "routing.http.drop_invalid_headers.enabled",
        "\"routing.http.drop_invalid_headers.enabled\" is no attribute",
    ),
    mistake(
        "a load balancer that lets ambiguous requests pass",
        "          Value: strictest",
        "          Value: monitor",
        "NewLoadBalancer: lets ambiguous requests pass",
    ),
    mistake(
        "a load balancer for everybody",
        "            FromPort: 443\n            ToPort: 443\n            CidrIp: !Ref IngressCidr",
        "            FromPort: 443\n            ToPort: 443\n            CidrIp: 0.0.0.0/0",
        "LoadBalancerSecurityGroup: admits others than IngressCidr",
    ),
    mistake(
        "a prefix list that is admitted to nothing",
        "          - PrefixListIsAdmitted\n          - Description: HTTPS, from the list",
        "          - OnExistingListener\n          - Description: HTTPS, from the list",
        "LoadBalancerSecurityGroup: admits others than IngressCidr and IngressPrefixListId",
    ),
    mistake(
        "a load balancer that waits less than the function takes",
        "          Value: !Ref IdleTimeout",
        "          Value: \"60\"",
        "NewLoadBalancer: hangs up before the function answers",
    ),
    mistake(
        "a load balancer that anybody may delete",
        "          Value: !Ref DeletionProtection",
        "          Value: \"false\"",
        "NewLoadBalancer: is not protected from deletion",
    ),
    mistake(
        "an access log without a bucket",
        "          - Key: access_logs.s3.bucket\n            Value: !Ref LoadBalancerLogBucket\n          - !Ref AWS::NoValue",
        "          - !Ref AWS::NoValue\n          - !Ref AWS::NoValue",
        "NewLoadBalancer: does not write its access log",
    ),
    mistake(
        "a connection log that nobody asked for",
        "        - Key: connection_logs.s3.enabled\n          Value: !If [LoadBalancerIsLogged, \"true\", \"false\"]",
        "        - Key: connection_logs.s3.enabled\n          Value: \"true\"",
        "NewLoadBalancer: does not write its connection log",
    ),
    mistake(
        "a load balancer for IPv4 alone",
        "      IpAddressType: !Ref LoadBalancerIpAddressType",
        "      IpAddressType: !If [CidrIsAdmitted, ipv4, !Ref LoadBalancerIpAddressType]",
        "NewLoadBalancer: has not the addresses",
    ),
    mistake(
        "a web ACL that is left out",
        "  WithWebAcl: !And [Condition: WithNewLoadBalancer,",
        "  WithWebAcl: !And [Condition: OnExistingListener,",
        "NewLoadBalancer: has not the web ACL",
    ),
    mistake(
        "environments that are not kept ready",
        "        - ProvisionedConcurrentExecutions: !Ref ProvisionedConcurrency",
        "        - ProvisionedConcurrentExecutions: 1",
        "FunctionAliaslive: keeps another number of environments ready",
    ),
    mistake(
        "a log with AWS's key in place of the one that was asked for",
        "!If [LogHasCustomerKey, !Ref LogKmsKeyArn, !Ref AWS::NoValue]",
        "!If [LogHasCustomerKey, !Ref AWS::NoValue, !Ref LogKmsKeyArn]",
        "FunctionLog: has another key",
    ),
    mistake(
        "a secret that outlives its policy",
        "    # As long as the secret.\n    DeletionPolicy: RetainExceptOnCreate\n    UpdateReplacePolicy: Retain\n",
        "",
        "TrustBundleSecret outlives its policy",
    ),
    mistake(
        "the attribute of passthrough mode for verify mode",
        "Key=routing.http.request.x_amzn_mtls_clientcert_leaf.header_name",
        "Key=routing.http.request.x_amzn_mtls_clientcert.header_name",
        "Next3RenameHeaderInVerifyMode: renames the header of the other mode",
    ),
    mistake(
        "a load balancer that calls out",
        "          CidrIp: 127.0.0.1/32",
        "          CidrIp: 0.0.0.0/0",
        "LoadBalancerSecurityGroup: lets something out",
    ),
    // Watch
    mistake(
        "a log that is no JSON",
        "        LogFormat: JSON",
        "        LogFormat: Text",
        "Function: its log is not JSON",
    ),
    mistake(
        "a log whose lines are dropped",
        "        ApplicationLogLevel: INFO",
        "        ApplicationLogLevel: WARN",
        "Function: Lambda drops lines",
    ),
    mistake(
        "a log for ever",
        "      RetentionInDays: !Ref LogRetentionDays\n",
        "",
        "FunctionLog: is kept for ever",
    ),
    mistake(
        "a misspelt metric",
        "      MetricName: GatewayErrors",
        "      MetricName: GatewayError",
        "GatewayErrorsAlarm: nobody writes AlbMtlsAdapter GatewayError",
    ),
    mistake(
        "no alarm for a bundle that is too old soon",
        "              MetricName: TrustBundleAge",
        "              MetricName: TrustBundleGeneration",
        "TrustBundleAge has no alarm",
    ),
    mistake(
        "no alarm for secrets of the connection that are too old soon",
        "              MetricName: GatewaySecretsAge",
        "              MetricName: TrustBundleAge",
        "GatewaySecretsAge has no alarm",
    ),
    mistake(
        "an alarm for a code that is none",
        "        - { Name: Code, Value: ClientCertUntrusted }",
        "        - { Name: Code, Value: Untrusted }",
        "UntrustedAlarm: Refused is that of",
    ),
    mistake(
        "an alarm of another function",
        "      MetricName: Throttles\n      Dimensions: [{ Name: FunctionName, Value: *name }]",
        "      MetricName: Throttles\n      Dimensions: [{ Name: Resource, Value: *name }]",
        "ThrottlesAlarm: Throttles is that of",
    ),
    mistake(
        "an anchor that is young again without requests",
        "does not make an anchor younger.\n      TreatMissingData: ignore",
        "does not make an anchor younger.\n      TreatMissingData: notBreaching",
        "AnchorExpiryAlarm: silence has to be ignore",
    ),
    mistake(
        "an alarm that nobody hears",
        "      Threshold: !Ref GatewayErrorAlarmCount\n      TreatMissingData: notBreaching\n      AlarmActions: !If [SomebodyIsTold, [!Ref AlarmTopicArn], !Ref AWS::NoValue]",
        "      Threshold: !Ref GatewayErrorAlarmCount\n      TreatMissingData: notBreaching",
        "GatewayErrorsAlarm: somebody else is told",
    ),
    mistake(
        "an alarm without words",
        "      AlarmDescription: The gateway was out of reach, too slow, or broke off. The log says which.\n",
        "",
        "GatewayErrorsAlarm: does not say what it means",
    ),
    mistake(
        "a roll-out that an anchor holds up",
        "          - !If [RolledOutGradually, !Ref RollOutErrorsAlarm, !Ref AWS::NoValue]\n",
        "          - !Ref AnchorExpiryAlarm\n",
        "FunctionDeploymentGroup: is taken back by other alarms",
    ),
    mistake(
        "a roll-out that looks at all versions together",
        "        - { Name: Version, Value: !GetAtt Function.Version.Version }\n",
        "",
        "RollOutTrustBundleAlarm: looks at no version by itself",
    ),
    mistake(
        "a roll-out in another way",
        "        Type: !Ref RollOut",
        "        Type: Linear10PercentEvery1Minute",
        "FunctionDeploymentGroup: does not roll out as RollOut says",
    ),
    mistake(
        "a roll-out that never happens",
        "    Canary10Percent5Minutes: { Gradual: \"true\",",
        "    Canary10Percent5Minutes: { Gradual: \"false\",",
        "RollOut has no effect",
    ),
    mistake(
        "a roll-out by CodeDeploy where there is nothing to roll out",
        "    AllAtOnce: { Gradual: \"false\",",
        "    AllAtOnce: { Gradual: \"true\",",
        "RollOut has no effect",
    ),
    mistake(
        "a dashboard that is no JSON",
        "          \"widgets\": [",
        "          \"widgets\": [,",
        "Dashboard: is no JSON",
    ),
    mistake(
        "a dashboard with a misspelt metric",
        "\"WouldRefuse\"",
        "\"WouldHaveRefused\"",
        "Dashboard: nobody writes AlbMtlsAdapter WouldHaveRefused",
    ),
    mistake(
        "a dashboard without a metric",
        "                [\"AlbMtlsAdapter\", \"AnchorDaysLeft\", \"FunctionName\", \"${Function}\"],\n",
        "",
        "Dashboard: does not show AnchorDaysLeft",
    ),
    // Queries
    mistake(
        "a saved query that differs from the runbook's",
        "        filter ispresent(would_refuse)\n",
        "        filter ispresent(would_have_refused)\n",
        "WouldBeRefusalsQuery: is not in the runbook",
    ),
    mistake(
        "a query of the runbook that is not saved",
        "  StartsAndMemoryQuery:\n    Type: AWS::Logs::QueryDefinition",
        "  StartsAndMemoryQuery:\n    Type: AWS::CloudFormation::WaitConditionHandle",
        "Starts and memory, with Lambda's log format JSON:\" is in the runbook, and not saved",
    ),
    mistake(
        "a saved query of another log",
        "/Refusals by code\"\n      LogGroupNames: [!Ref FunctionLog]",
        "/Refusals by code\"\n      LogGroupNames: [other]",
        "RefusalsByCodeQuery: asks another log",
    ),
    mistake(
        "a reference to nothing",
        "    Value: !Ref Dashboard",
        "    Value: !Ref Dashboards",
        "refused:",
    ),
];
