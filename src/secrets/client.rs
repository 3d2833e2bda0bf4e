//! The one call that is made of Secrets Manager, out of the SDK's own parts.
//!
//! The SDK's client reads its rules for all regions as it is made, with an endpoint given or not: a fifth of the
//! instructions of a start. Here they are read when they are asked. What is sent is the same:
//! `tests/secrets/wire.rs` holds the two against each other.

use std::sync::{Arc, OnceLock};

use aws_config::{BehaviorVersion, SdkConfig};
use aws_runtime::{
    auth::sigv4::{SCHEME_ID, SigV4AuthScheme},
    invocation_id::InvocationIdInterceptor,
    recursion_detection::RecursionDetectionInterceptor,
    request_info::RequestInfoInterceptor,
    service_clock_skew::ServiceClockSkewInterceptor,
    user_agent::{ApiMetadata, UserAgentInterceptor},
};
use aws_sdk_secretsmanager::{
    config::{
        auth::{DefaultAuthSchemeResolver, ResolveAuthScheme},
        endpoint::{DefaultResolver, Endpoint, EndpointFuture, Params, ResolveEndpoint},
    },
    meta::PKG_VERSION,
    operation::get_secret_value::{GetSecretValue, GetSecretValueInput, GetSecretValueOutput},
};
use aws_smithy_runtime::client::{
    defaults::{DefaultPluginParams, default_plugins},
    http::connection_poisoning::ConnectionPoisoningInterceptor,
    identity::IdentityCache,
    orchestrator::{AuthSchemeAndEndpointOrchestrationV2, invoke},
    retries::classifiers::HttpStatusCodeClassifier,
};
use aws_smithy_runtime_api::client::{
    interceptors::context::Input,
    runtime_components::RuntimeComponentsBuilder,
    runtime_plugin::{RuntimePlugins, StaticRuntimePlugin},
};
use aws_smithy_types::config_bag::{FrozenLayer, Layer};
use aws_types::{
    SigningName,
    endpoint_config::{EndpointUrl, UseDualStack, UseFips},
    region::SigningRegion,
};
use tower::BoxError;

/// As the SDK calls it in signatures and in its user agent.
const SERVICE: &str = "secretsmanager";

/// Asks Secrets Manager, as the SDK's client does.
#[derive(Clone)]
pub(super) struct Client(Arc<RuntimePlugins>);

impl Client {
    /// Makes one; connects to nothing yet. Of `config` it takes region, credentials, FIPS, dual-stack, retries and
    /// HTTP client.
    pub(super) fn new(config: &SdkConfig, endpoint: Option<String>) -> Self {
        let defaults = DefaultPluginParams::new()
            .with_retry_partition_name(SERVICE)
            .with_behavior_version(
                config.behavior_version().unwrap_or_else(BehaviorVersion::latest),
            )
            .with_is_aws_sdk(true);
        let own = StaticRuntimePlugin::new()
            .with_config(settings(config, endpoint))
            .with_runtime_components(components(config));
        let plugins = RuntimePlugins::new()
            .with_client_plugins(default_plugins(defaults))
            .with_client_plugin(own)
            .with_operation_plugin(GetSecretValue::new());
        Self(Arc::new(plugins))
    }

    /// The current value of a secret.
    pub(super) async fn current(&self, secret: &str) -> Result<GetSecretValueOutput, BoxError> {
        let input =
            GetSecretValueInput::builder().secret_id(secret).version_stage("AWSCURRENT").build()?;
        let output =
            invoke("Secrets Manager", "GetSecretValue", Input::erase(input), &self.0).await?;
        output.downcast().map_err(|_| "the SDK gave an answer of another kind".into())
    }
}

/// What the parts read: as the SDK's client writes it for them.
fn settings(config: &SdkConfig, endpoint: Option<String>) -> FrozenLayer {
    let mut layer = Layer::new(SERVICE);
    layer.store_put(AuthSchemeAndEndpointOrchestrationV2);
    layer.store_put(ApiMetadata::new(SERVICE, PKG_VERSION));
    layer.store_put(SigningName::from_static(SERVICE));
    layer.store_or_unset(config.region().cloned());
    layer.store_or_unset(config.region().cloned().map(SigningRegion::from));
    layer.store_or_unset(endpoint.map(EndpointUrl));
    layer.store_or_unset(config.use_fips().map(UseFips));
    layer.store_or_unset(config.use_dual_stack().map(UseDualStack));
    if let Some(retries) = config.retry_config() {
        layer.store_put(retries.clone());
    }
    layer.freeze()
}

/// The parts. Left out are the SDK's own statistics and a cache of credentials, which are variables here.
fn components(config: &SdkConfig) -> RuntimeComponentsBuilder {
    let mut components = RuntimeComponentsBuilder::new(SERVICE)
        .with_http_client(config.http_client())
        .with_endpoint_resolver(Some(Endpoints::default().into_shared_resolver()))
        .with_auth_scheme_option_resolver(Some(
            DefaultAuthSchemeResolver::default().into_shared_resolver(),
        ))
        .with_auth_scheme(SigV4AuthScheme::new())
        .with_identity_cache(Some(IdentityCache::no_cache()))
        .with_retry_classifier(HttpStatusCodeClassifier::default())
        .with_interceptor(ConnectionPoisoningInterceptor::new())
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_interceptor(RequestInfoInterceptor::new())
        .with_interceptor(UserAgentInterceptor::new())
        .with_interceptor(InvocationIdInterceptor::new())
        .with_interceptor(RecursionDetectionInterceptor::new());
    if let Some(credentials) = config.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components
}

/// Where Secrets Manager answers: at the endpoint that is given, or where the SDK's rules say.
#[derive(Debug, Default)]
struct Endpoints {
    rules: OnceLock<DefaultResolver>,
}

impl ResolveEndpoint for Endpoints {
    fn resolve_endpoint<'a>(&'a self, params: &'a Params) -> EndpointFuture<'a> {
        let is_plain = params.use_fips() != Some(true) && params.use_dual_stack() != Some(true);
        match params.endpoint().filter(|_| is_plain) {
            Some(url) => EndpointFuture::ready(Ok(Endpoint::builder().url(url.to_owned()).build())),
            None => self.rules.get_or_init(DefaultResolver::new).resolve_endpoint(params),
        }
    }
}
