//! Secrets Manager's stand-in: `GetSecretValue`, of whatever length.

use std::{
    collections::HashMap,
    io,
    net::{SocketAddr, TcpStream},
    sync::Arc,
};

use serde::Deserialize;
use serde_json::json;

use crate::http::{self, Connection};

/// Secrets by name, each with its answer.
type Answers = HashMap<String, Vec<u8>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSecretValue {
    secret_id: String,
}

/// Starts one that holds these secrets, by name.
pub(crate) fn start(secrets: impl IntoIterator<Item = (String, String)>) -> io::Result<SocketAddr> {
    let answers = secrets.into_iter().map(|(name, value)| {
        let body = json!({
            "ARN": format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf"),
            "CreatedDate": 1_790_000_000.0,
            "Name": name,
            "SecretString": value,
            "VersionId": "EXAMPLE1-90ab-cdef-fedc-ba987EXAMPLE",
            "VersionStages": ["AWSCURRENT"],
        });
        let headers = "Content-Type: application/x-amz-json-1.1\r\n";
        (name, http::answer(200, headers, body.to_string().as_bytes()))
    });
    let answers = Arc::new(answers.collect::<Answers>());
    http::serve(move |stream| answer(stream, &answers))
}

fn answer(stream: TcpStream, answers: &Answers) -> io::Result<()> {
    let missing = http::answer(400, "", b"{\"__type\":\"ResourceNotFoundException\"}");
    let mut connection = Connection::new(stream);
    while let Some(request) = connection.request()? {
        let asked: GetSecretValue = serde_json::from_slice(&request.body)?;
        connection.write(answers.get(&asked.secret_id).unwrap_or(&missing))?;
    }
    Ok(())
}
