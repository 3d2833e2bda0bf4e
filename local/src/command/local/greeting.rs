//! What `alb-mtls local` says first: what listens where, and how to begin.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use super::{options::Local, scene::Scene};
use crate::command::{credentials::Files, style};

pub(super) fn write(told: &Local, scene: &Scene, out: &mut dyn Write) -> io::Result<()> {
    let url = url(scene.listener.address());
    row(out, "load balancer", &url, "")?;
    row(out, "function", told.invoke_url.as_deref().unwrap_or("in this process"), "")?;
    let (gateway, secrets) = (&scene.gateway, &scene.secrets);
    let mode = format!("stand-in, reads as {}", told.wso2_mode);
    row(out, "gateway", &gateway.url, gateway.stand_in.as_ref().map_or("", |_| &mode))?;
    row(out, "secrets", &secrets.url, secrets.stand_in.as_ref().map_or("", |_| "stand-in"))?;
    if let (Some(bucket), Some(directory)) = (&scene.bucket, &told.crls) {
        let remark = format!("stand-in for S3, over {}", directory.display());
        row(out, "CRLs", &bucket.url(), &remark)?;
    }
    if told.invoke_url.is_some() {
        environment(scene, out)?;
    }
    client(told, &scene.files, &format!("{url}/hello"), out)
}

/// What a function that runs elsewhere has to be started with.
fn environment(scene: &Scene, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\nStart the function with")?;
    for (name, value) in &scene.variables {
        writeln!(out, "  {name}={value}")?;
    }
    writeln!(out, "  AWS_ENDPOINT_URL_SECRETS_MANAGER={}", scene.secrets.url)?;
    if let Some(bucket) = &scene.bucket {
        writeln!(out, "  AWS_ENDPOINT_URL_S3={}", bucket.url())?;
    }
    writeln!(out, "  AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local")
}

/// A line for `curl`, with the names of files to be filled in where the client is not ours.
fn client(told: &Local, files: &Files, url: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut files = files.clone();
    if !told.makes_a_client() {
        files.certificate = "CLIENT.pem".into();
        files.key = "CLIENT.key".into();
    }
    writeln!(out, "\n{}", files.invitation(url))
}

/// What a client on this machine calls the address.
fn url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("https://localhost:{}", address.port()),
        false => format!("https://{address}"),
    }
}

fn row(out: &mut dyn Write, name: &str, value: &str, remark: &str) -> io::Result<()> {
    let faint = style::FAINT;
    match remark {
        "" => writeln!(out, "{faint}{name:<13}{faint:#}  {value}"),
        _ => writeln!(out, "{faint}{name:<13}{faint:#}  {value}  ({remark})"),
    }
}
