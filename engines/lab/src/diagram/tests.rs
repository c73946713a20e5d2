use super::*;
use crate::testing::Story;
use relevo_coordination::{Message, QuorumPacket, Zxid};
use relevo_core::{Fault, Kind};

fn ack() -> Message {
    Message::Quorum(QuorumPacket::Ack { zxid: Zxid(7) })
}

#[test]
fn a_message_is_an_arrow_from_its_sending_to_its_arrival() {
    let mut story = Story::new();
    let mut diagram = Diagram::new(&story.scene());
    let sent = story.sent(0, 1, 10, 18, ack());
    diagram.apply(&sent);
    let under_way = diagram.visible(Instant(15), Instant(16));
    assert_eq!(under_way.arrows.len(), 1);
    diagram.apply(&story.delivered(1, 0, 18, sent.seq));
    assert_eq!(diagram.visible(Instant(15), Instant(16)).arrows.len(), 1);
    assert_eq!(diagram.visible(Instant(19), Instant(30)).arrows.len(), 0);
    assert_eq!(diagram.visible(Instant(0), Instant(9)).arrows.len(), 0);
}

#[test]
fn arrows_keep_the_order_of_sending_though_they_land_in_another() {
    let mut story = Story::new();
    let mut diagram = Diagram::new(&story.scene());
    let slow = story.sent(0, 1, 1, 100, ack());
    let fast = story.sent(0, 2, 2, 5, ack());
    for event in [&slow, &fast] {
        diagram.apply(event);
    }
    diagram.apply(&story.delivered(2, 0, 5, fast.seq));
    diagram.apply(&story.delivered(1, 0, 100, slow.seq));
    let seen = diagram.visible(Instant(50), Instant(60));
    assert_eq!(seen.arrows.iter().map(|arrow| arrow.message).collect::<Vec<_>>(), [slow.seq]);
    assert_eq!(diagram.visible(Instant(0), Instant(60)).arrows[0].message, slow.seq);
}

#[test]
fn without_a_leader_there_is_a_band_until_one_is_established() {
    let mut story = Story::new();
    let mut diagram = Diagram::new(&story.scene());
    diagram.apply(&story.established(0, 10));
    let crash = Fault::Crash { node: HostId(0), power_loss: false };
    diagram.apply(&story.event(None, 50, Kind::Fault { fault: crash, by: Origin::Hand }));
    diagram.apply(&story.established(1, 90));
    let bands: Vec<_> =
        diagram.visible(Instant(0), Instant(100)).bands.into_iter().copied().collect();
    assert_eq!(bands[0].to, Some(Instant(10)));
    assert_eq!((bands[1].from, bands[1].to), (Instant(50), Some(Instant(90))));
    let lane = &diagram.lanes[diagram.lane(Party::Host(HostId(0))).unwrap()];
    assert_eq!(lane.state_at(Instant(40)), Some(SpanState::Leading));
    assert_eq!(lane.state_at(Instant(60)), Some(SpanState::Down));
}
