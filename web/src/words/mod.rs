//! Every word of the page, in both languages: one struct with two values, so that a missing word
//! does not compile. `{0}` stands for something filled in; `*…*` is said with weight.

macro_rules! words {
    ($($name:ident),* $(,)?) => {
        /// All words in one language.
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub $name: &'static str,)*
        }

        impl Words {
            /// Every word by its name, for tests.
            #[cfg(test)]
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name)),*]
            }
        }

        /// Words are alike where they are the very same.
        impl PartialEq for Words {
            fn eq(&self, other: &Words) -> bool {
                std::ptr::eq(self, other)
            }
        }
    };
}

pub(crate) mod course;
pub(crate) mod en;
pub(crate) mod es;
pub(crate) mod hands;
pub(crate) mod lessons;
pub(crate) mod told;
pub(crate) mod tree;

words! {
    brand, eyebrow, title, title_n, lead, lead_none, lead_stopped, lead_led, lead_resumed, lead_main,
    question, yes, no, unknown, stop_button, waiting_button, before_button, stopped_head,
    stopped_body, electing_head, electing_body, reaches, pending_some, pending_more, pending_none, and, onward, led_head,
    led_body, resumed_head, why_head, why_body, overlooked_yes, overlooked_no,
    overlooked_unknown, invite_back, past_head, past_body, forked, forked_back, begin_again,
    map, map_short, column_open, column_close, language, theme, keys, connect_short, connect, scene, caption,
    caption_durable, committed, proposed, lost, more_clients, flowing, empty, counter, connecting,
    connected, reconnecting, waits_for, answered_n, role_leader, role_leader_soon, role_follower,
    role_joining, role_looking, role_observer, state_running, state_crashed, state_power,
    state_paused, state_stopped, log_is, log_empty, entry_in, entry_out, entry_new, entry_set, entry_del, entry_acl, entry_multi, entry_err, link_of, cut, link_open, link_idle, held,
    inspector, k_server, k_client, k_link, k_message, k_event, p_role, p_state, p_epoch, p_round,
    p_vote, p_zxid, p_durable, p_applied, p_address, p_server, p_session, p_library, probably, asks, p_watches,
    p_acknowledged, p_pending, p_attempts, p_protocol, p_sent, p_arrives, p_at, p_number, why,
    why_root, why_more, why_lost, act_stop, act_restart, act_more, act_power, act_pause,
    act_resume, act_cut, act_heal, act_hold, act_release, act_drop, act_close, timeline,
    no_leader, band_cut, now, now_paused, shown, mark_stopped_you, mark_stopped, mark_power_you,
    mark_power, mark_paused_you, mark_resumed_you, mark_restarted, mark_gave_up, mark_cut_you,
    mark_healed_you, mark_fault_you, mark_leads, mark_session, as_table, as_diagram,
    table, diagram, t_when,
    t_who, t_what, t_caption, controls, play, pause, step_forward, step_back, speed, scrub, fork,
    to_now, checked, checked_facts, checking, violated, narration, level_consequences,
    level_messages, level_everything, b_connecting, b_healing, b_incompatible, b_reload,
    b_stopped, b_waiting, b_refused, part_coming, part_lost,
    part_again, keys_title, key_keys,
    connect_title, connect_body, connect_none, connect_try, copy, copied, uncopied,
    connect_main, connect_own, connect_own_are, e_call, e_deadline, e_started, e_stopped,
    e_opening, e_opened, e_closed, e_sent, e_delivered, e_lost, e_appended, e_replaced,
    e_truncated, e_deleted, e_durable, e_disk_failed, e_torn, e_gap, f_start, f_stop_you, f_stop,
    f_power_you, f_power, f_restart_you, f_restart, f_pause_you, f_pause, f_resume_you, f_resume,
    f_partition_you, f_partition, f_cut_you, f_cut, f_heal_you, f_heal, f_set_link, f_hold_you,
    f_hold, f_release_you, f_release, f_drop_you, f_drop, f_lose_disk, f_slow_disk, f_fill_disk,
    f_skew, f_by_hand, s_recovered, s_looking, s_leading, s_following, s_voted, s_epoch_accepted,
    s_epoch_entered, s_established, s_synchronising, s_synchronised, s_proposed, s_logged,
    s_log_durable, s_truncated, s_acknowledged, s_committed, s_applied, s_snapshot_loaded,
    s_snapshot_taken, s_session, s_session_expired, s_session_refused, s_watch_set,
    s_watch_fired, s_answered, c_connected, c_disconnected, c_expired, c_answered, c_unknown,
    a_writing, a_acknowledged, a_unknown, a_read, a_called, a_returned, a_session, m_connect,
    m_connected, m_request, m_response, m_watch, m_ping, m_text, m_hello, m_vote,
    m_follower_info, m_leader_info, m_ack_epoch, m_new_leader, m_up_to_date, m_proposal, m_ack,
    m_commit, m_inform, m_learner_request, m_revalidate,
}

/// Puts `parts` in the places of a sentence.
pub(crate) fn fill(sentence: &str, parts: &[&str]) -> String {
    let mut filled = String::with_capacity(sentence.len() + 24);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        filled.push_str(&rest[..open]);
        let index = rest.as_bytes().get(open + 1).map_or(0, |digit| usize::from(digit - b'0'));
        filled.push_str(parts.get(index).copied().unwrap_or_default());
        rest = rest.get(open + 3..).unwrap_or_default();
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::{course, en, es, fill, hands, lessons, told, tree};

    #[test]
    fn both_languages_say_everything_with_the_same_places() {
        let places = |text: &str| -> Vec<bool> {
            (0..10).map(|n| text.contains(&format!("{{{n}}}"))).collect()
        };
        let all = [
            (es::ES.all(), en::EN.all()),
            (course::ES.all(), course::EN.all()),
            (hands::ES.all(), hands::EN.all()),
            (lessons::ES.all(), lessons::EN.all()),
            (told::ES.all(), told::EN.all()),
            (tree::ES.all(), tree::EN.all()),
        ];
        for ((name, es), (_, en)) in all.into_iter().flat_map(|(es, en)| es.into_iter().zip(en)) {
            assert!(!es.trim().is_empty() && !en.trim().is_empty(), "{name}");
            assert_eq!(places(es), places(en), "{name}");
        }
    }

    #[test]
    fn sentences_are_filled() {
        assert_eq!(fill("{1} and {0}", &["a", "b"]), "b and a");
        assert_eq!(fill("nothing", &[]), "nothing");
    }
}
