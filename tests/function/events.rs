//! The events of `events/`, played in process, so that plain `cargo test` plays them too.

use alb_mtls::{alb::Answer, wso2::Reading};

use crate::support::{Journey, stories};

#[tokio::test]
async fn every_event_is_answered_as_the_table_says() {
    let journey = Journey::trusting(stories::TRUST_BUNDLE, &[]).await;
    for story in stories::all() {
        let answer = journey.deliver(&story.event).await;
        let answer = Answer::check(&answer, stories::header_mode(&story.event)).unwrap();
        story.assert_answered(&answer);
        let read: Vec<_> = journey
            .gateway
            .take_seen()
            .into_iter()
            .filter_map(|seen| match seen.reading {
                Reading::Certificate(certificate) => Some(certificate.sha256()),
                _ => None,
            })
            .collect();
        assert_eq!(read, story.client.into_iter().collect::<Vec<_>>(), "{}", story.name);
    }
}

/// The template pins its own target group by name. `sam local` hands that over, and the events are of another.
#[test]
fn variables_for_sam_local_name_the_target_group_of_the_events() {
    let variables: serde_json::Value =
        serde_json::from_str(include_str!("../../events/env.json")).unwrap();
    let named = variables["Parameters"]["TARGET_GROUP_ARNS"].as_str().unwrap();
    let named = named.strip_suffix('*').unwrap();
    for story in stories::all() {
        assert!(String::from_utf8(story.event).unwrap().contains(named), "{}", story.name);
    }
}
