//! CloudFormation as the one who asks, when a stack is created, changed or deleted.
//!
//! A stack waits an hour for an answer: every event gets one.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html>.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{causes::causes, https};

/// How often an answer is sent at most, and how long one may take.
const TRIES: usize = 3;
const LIMIT: Duration = Duration::from_secs(3);
/// The longest reason: an answer may have 4096 bytes.
const LONGEST_REASON: usize = 2000;

/// An event of a custom resource.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Request {
    request_type: RequestType,
    /// Whoever has it can answer: it is never logged.
    #[serde(rename = "ResponseURL")]
    response_url: String,
    stack_id: String,
    request_id: String,
    logical_resource_id: String,
    physical_resource_id: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
enum RequestType {
    Create,
    Update,
    Delete,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer<'a> {
    status: &'static str,
    reason: String,
    physical_resource_id: &'a str,
    stack_id: &'a str,
    request_id: &'a str,
    logical_resource_id: &'a str,
}

impl Request {
    /// The event, if it is one of these.
    pub fn of(event: &Value) -> Option<Self> {
        Self::deserialize(event).ok()
    }

    /// Whether the resource goes away: there is nothing to do then.
    pub fn is_delete(&self) -> bool {
        self.request_type == RequestType::Delete
    }

    /// Tells CloudFormation that all is well, or why it is not.
    ///
    /// # Errors
    ///
    /// [`AnswerError`], where it could not be told.
    pub async fn answer(&self, outcome: Result<(), String>) -> Result<(), AnswerError> {
        let (status, reason) = match outcome {
            Ok(()) => ("SUCCESS", String::new()),
            Err(reason) => ("FAILED", reason.chars().take(LONGEST_REASON).collect()),
        };
        let answer = Answer {
            status,
            reason,
            // The same for good: another one would have CloudFormation delete the first.
            physical_resource_id: self.physical_resource_id.as_deref().unwrap_or("crls"),
            stack_id: &self.stack_id,
            request_id: &self.request_id,
            logical_resource_id: &self.logical_resource_id,
        };
        let body = serde_json::to_vec(&answer).map_err(|error| AnswerError(causes(&error)))?;
        let client = https::client().map_err(|error| AnswerError(error.to_string()))?;
        let client = client.timeout(LIMIT).build();
        let client = client.map_err(|error| AnswerError(causes(&error)))?;
        let mut failure = String::new();
        for _ in 0..TRIES {
            // Without a content type: the URL is signed for none.
            let sent = client.put(&self.response_url).body(body.clone()).send().await;
            match sent.and_then(reqwest::Response::error_for_status) {
                Ok(_) => return Ok(()),
                Err(error) => failure = causes(&error.without_url()),
            }
        }
        Err(AnswerError(failure))
    }
}

/// Why CloudFormation could not be told.
#[derive(Debug, thiserror::Error)]
#[error(
    "CloudFormation cannot be answered, and the stack waits: {0}; is there a way from the function to S3?"
)]
pub struct AnswerError(String);
