//! What people have before they have the function: the request goes on as it came.

use std::error::Error;

use alb_mtls::alb::{Invocation, Target};
use alb_mtls_adapter::{event::Delivery, response::AlbResponse};
use reqwest::Client;

/// Hands requests to the gateway, the load balancer's header among the others.
pub(super) fn target(gateway: String) -> Result<Target, reqwest::Error> {
    let client = Client::builder().no_proxy().build()?;
    Ok(Target::in_process(move |call| forward(client.clone(), gateway.clone(), call)))
}

async fn forward(
    client: Client,
    gateway: String,
    call: Invocation,
) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let delivery = Delivery::from_json(&call.event);
    let maps = delivery.header_maps();
    let event = delivery.read()?;
    let url = format!("{gateway}{}", event.path);
    let response = client.request(event.method, url).headers(event.headers).send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    let answer = AlbResponse::new(maps, status, headers, response.bytes().await?);
    Ok(serde_json::to_vec(&answer)?)
}
