//! One photo, one award: of what was shown with the same photo one thing is awarded, and photos that look alike are shown to who decides.

use futures::future::join_all;
use ledger::Upload;
use ledger::community::Actor;
use ledger::community::attachment::Looks;
use ledger::ids::{AttachmentId, HazardId, random_bytes};
use ledger::machine::deeds::{Answer, explain_why_not};
use ledger::machine::hazards::HazardCommand;
use ledger::machine::{Command, Reason};
use ledger::policy::{Language, Position};
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, code_of};

use super::beat::{Beat, SHARED, at, here, triage, verify};
use super::{is_awarded, why};

/// What a photo looks like; and one that differs in so many bits.
const LOOKS: u64 = 0x0123_4567_89ab_cdef;

async fn uploaded(beat: &Beat, by: Actor, bytes: &[u8], looks: u64) -> AttachmentId {
    let photo = Upload::Photo(bytes.to_vec(), Looks(looks));
    let kept = beat
        .story
        .ledger
        .upload(beat.story.program, &by, photo)
        .await;
    kept.unwrap().id
}

/// A rider's report with a photo of such bytes that looks so.
async fn shown(
    beat: &Beat,
    rider: usize,
    place: Position,
    (bytes, looks): (&[u8], u64),
) -> HazardId {
    let photo = uploaded(beat, beat.rider(rider), bytes, looks).await;
    let report = beat.report(Some(rider), place, vec![photo]);
    let hazard = report.hazard;
    let command = HazardCommand::Report(report);
    beat.told(beat.rider(rider), command).await.unwrap();
    hazard
}

fn elsewhere() -> Position {
    at(41_900_000, 123_100_000)
}

on_both! {
    async fn the_same_photo_is_awarded_once(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let first = shown(&beat, 0, here(), (b"one", LOOKS)).await;
        let second = shown(&beat, 1, elsewhere(), (b"one", LOOKS)).await;
        let third = shown(&beat, 2, elsewhere(), (b"another", !LOOKS)).await;
        let twins = beat.story.ledger.twins_of(beat.story.program, first.0).await.unwrap();
        assert_eq!(twins.iter().map(|twin| (twin.of, twin.distance)).collect::<Vec<_>>(), [(second.0, 0)]);
        let Some(Answer::Awarded(award)) = beat.verified(first).await else { panic!("awarded") };
        assert_eq!(beat.award(award).await.deed.evidence, ["photo".to_owned()].into());
        let answer = beat.verified(second).await;
        assert_eq!(why(answer.as_ref()), "photo_used");
        let Some(Answer::Refused(refused)) = answer else { panic!("refused") };
        let told = explain_why_not("hazard_report", &refused, Language::Zh);
        assert_eq!(told, ["照片和另一件已计分的事项是同一张（缩小、调亮或转存过的也算），同一张照片只计一次。"]);
        assert!(is_awarded(beat.verified(third).await.as_ref()), "another photo");
        // What was taken back frees it.
        let undo = Command::ReverseAward { award, reason: Reason::Mistake };
        beat.story.execute(beat.story.staff(1), None, undo).await.unwrap();
        let again = Command::AskAgain { deed: beat.hazard(second).await.deed.unwrap() };
        let request = beat.story.request(beat.story.staff(1), None);
        let (_, answer) = beat.story.ledger.execute_deed(&request, again).await.unwrap();
        assert!(is_awarded(answer.as_ref()), "{answer:?}");
        beat.clean(&db, 2_000).await;
    }

    /// Up to three bits: the same photo, made smaller or brighter or packed again. Up to seven: somebody is shown them, and it is awarded.
    async fn the_same_photo_is_refused_and_one_like_it_is_shown(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let first = shown(&beat, 0, here(), (b"one", LOOKS)).await;
        assert!(is_awarded(beat.verified(first).await.as_ref()));
        for (bits, place) in [(Looks::SAME, 41_900_000), (Looks::SAME + 1, 41_910_000), (Looks::ALIKE, 41_920_000)] {
            // Ever other bits, so that these are farther from each other than from the first.
            let mask = ((1_u64 << bits) - 1) << (bits * 4);
            let hazard = shown(&beat, 1, at(place, 123_100_000), (&[u8::try_from(bits).unwrap()], LOOKS ^ mask)).await;
            let twins = beat.story.ledger.twins_of(beat.story.program, hazard.0).await.unwrap();
            let of_first = twins.iter().find(|twin| twin.of == first.0).expect("a twin");
            assert_eq!((of_first.distance, of_first.is_same()), (bits, bits <= Looks::SAME));
            let answer = beat.verified(hazard).await;
            match of_first.is_same() {
                true => assert_eq!(why(answer.as_ref()), "photo_used"),
                false => assert!(is_awarded(answer.as_ref()), "{bits} bits: {answer:?}"),
            }
        }
        beat.clean(&db, 3_000).await;
    }

    /// Two who stand in one place take photos that look alike, and share; the same photo was passed on, though it was saved again.
    async fn photos_of_one_hazard_may_look_alike_and_not_be_the_same(db: Database) {
        let beat = Beat::begin(&db, SHARED).await;
        let alike = LOOKS ^ 0b0111_1111;
        let first = shown(&beat, 0, here(), (b"one", LOOKS)).await;
        let second = shown(&beat, 1, here(), (b"two", alike)).await;
        for hazard in [first, second] {
            assert!(is_awarded(beat.verified(hazard).await.as_ref()));
        }
        for (bytes, looks) in [(b"one", LOOKS), (b"six", LOOKS ^ 0b111 << 40)] {
            let passed_on = shown(&beat, 2, here(), (bytes, looks)).await;
            assert_eq!(why(beat.verified(passed_on).await.as_ref()), "photo_used");
        }
        beat.later(2 * tests::story::DAY);
        beat.vest().await;
        assert_eq!([beat.story.available(0).await, beat.story.available(1).await, beat.story.available(2).await], [500, 500, 0]);
        beat.clean(&db, 1_000).await;
    }

    /// Two processes award what was shown with one photo at once: one is awarded.
    async fn two_processes_award_one_photo_once(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let other = Story::join(&db, random_bytes()).await;
        other.clock.set(beat.story.clock.now());
        for round in 0..4_u8 {
            let looks = LOOKS.rotate_left(u32::from(round) * 16 + 3).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let photo = [round];
            let mut deeds = Vec::new();
            for (rider, place) in [(0, here()), (1, elsewhere())] {
                let hazard = shown(&beat, rider, place, (&photo, looks)).await;
                let request = beat.story.request(beat.story.staff(0), None);
                for command in [triage(hazard), verify(hazard)] {
                    beat.story.ledger.execute(&request, Command::Hazard(Box::new(command))).await.unwrap();
                }
                deeds.push(beat.hazard(hazard).await.deed.unwrap());
            }
            let origin = ledger::community::Origin::default();
            let many = (0..8).map(|index| {
                let ledger = if index % 4 < 2 { &beat.story.ledger } else { &other.ledger };
                ledger.award_deed(beat.story.program, deeds[index % 2], origin)
            });
            let answers = join_all(many).await.into_iter().map(|answer| answer.unwrap());
            let answers: Vec<_> = answers.collect();
            assert_eq!(answers.iter().filter(|answer| is_awarded(answer.as_ref())).count(), 4, "{answers:?}");
            assert!(answers.iter().filter(|answer| !is_awarded(answer.as_ref())).all(|answer| why(answer.as_ref()) == "photo_used"));
        }
        beat.clean(&db, 4_000).await;
    }

    /// What somebody else uploaded, or what shows something already, shows nothing else; and who is erased takes theirs along.
    async fn photos_are_attached_once_by_who_sent_them(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let photo = uploaded(&beat, beat.rider(0), b"one", LOOKS).await;
        let report = |rider: usize| HazardCommand::Report(beat.report(Some(rider), here(), vec![photo]));
        assert_eq!(code_of(beat.told(beat.rider(1), report(1)).await), "unknown_attachment");
        beat.told(beat.rider(0), report(0)).await.unwrap();
        assert_eq!(code_of(beat.told(beat.rider(0), report(0)).await), "unknown_attachment");
        // Staff take a report for a rider; what shows it goes with the rider.
        let by_staff = uploaded(&beat, beat.story.staff(0), b"two", !LOOKS).await;
        beat.does(HazardCommand::Report(beat.report(Some(0), here(), vec![by_staff]))).await;
        let (program, ledger) = (beat.story.program, &beat.story.ledger);
        for id in [photo, by_staff] {
            assert!(ledger.attachment(program, id).await.unwrap().unwrap().content.is_some());
        }
        let erase = Command::ErasePersonal { member: beat.story.members[0] };
        beat.story.execute(beat.story.admin(), None, erase).await.unwrap();
        for id in [photo, by_staff] {
            assert_eq!(ledger.attachment(program, id).await.unwrap().unwrap().content, None);
        }
    }
}
