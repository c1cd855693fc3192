//! The map: which layers a deed lies in, as the map was then; and that of the place itself nothing stays.

use ledger::community::{LayerVersion, Registration, Role, area_of};
use ledger::ids::derived;
use ledger::machine::Receipt;
use ledger::policy::{Datum, Deed, Position, Refusal};
use ledger::{AwardRequest, ExecuteError};
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::http::Client;
use tests::on_both;
use tests::postgres;
use tests::server::{Server, jifen};
use tests::story::{DAY, SERVICE, Story, award_of, code_of};
use uuid::Uuid;

/// Service counts only in the layer `park`, a hundredth of a degree wide.
fn fenced() -> String {
    SERVICE
        .replace(
            "name = \"service\"\ntitle = \"志愿服务\"\non",
            "name = \"fenced\"\ntitle = \"园区服务\"\non",
        )
        .replace(
            "approval = \"none\"",
            "approval = \"none\"\ngeofence = \"park\"",
        )
        .replace(
            "facts = { minutes = 60",
            "places = [\"park\"]\nfacts = { minutes = 60",
        )
}

fn ring(low: f64, high: f64) -> Value {
    let (x, y) = (123.0, 41.0);
    json!([
        [x + low, y + low],
        [x + high, y + low],
        [x + high, y + high],
        [x + low, y + high],
        [x + low, y + low]
    ])
}

fn polygon(rings: &[(f64, f64)]) -> Value {
    let rings: Vec<_> = rings.iter().map(|(low, high)| ring(*low, *high)).collect();
    json!({ "type": "Polygon", "coordinates": rings })
}

fn layer(name: &str, rings: &[(f64, f64)]) -> Registration {
    Registration::Layer(LayerVersion {
        name: name.to_owned(),
        area: area_of(&polygon(rings), Datum::Wgs84).unwrap(),
        effective_from: None,
    })
}

/// A place on the diagonal of the map, so many millionths of a degree from its corner.
fn at(millionths: i64) -> Option<Position> {
    let place = Position::from_millionths(41_000_000 + millionths, 123_000_000 + millionths);
    assert!(place.is_some());
    place
}

fn served(story: &Story, reference: &str, position: Option<Position>) -> AwardRequest {
    AwardRequest {
        policy: Some("fenced".to_owned()),
        position,
        ..story.service_of(0, reference, 1)
    }
}

/// A programme whose map has a park of 0.01° with a pond in it, and a fountain at its edge.
async fn mapped(db: &Database) -> Story {
    let story = Story::begin(db).await;
    story
        .register(layer("park", &[(0.0, 0.01), (0.004, 0.006)]))
        .await;
    story.register(layer("fountain", &[(0.009, 0.02)])).await;
    story.enact("fenced", &fenced()).await;
    story
}

async fn places_of(story: &Story, receipt: &Receipt) -> Vec<String> {
    let award = story.ledger.award(story.program, award_of(receipt)).await;
    award.unwrap().unwrap().deed.places
}

fn outside<T: std::fmt::Debug>(answer: Result<T, ExecuteError>) {
    match answer {
        Err(ExecuteError::Refused { refusal, .. }) => assert_eq!(
            *refusal,
            Refusal::OutsideGeofence {
                layer: "park".to_owned()
            }
        ),
        other => panic!("{other:?}"),
    }
}

/// Everything a database holds, as bytes.
fn everything_in(db: &Database) -> Vec<u8> {
    if db.backend == Backend::Postgres {
        let dump = postgres::client("pg_dump")
            .args(["--inserts", &db.url])
            .output()
            .unwrap();
        assert!(dump.status.success());
        return dump.stdout;
    }
    let file = db.url.trim_start_matches("sqlite:");
    let parts = ["", "-wal"].map(|ending| std::fs::read(format!("{file}{ending}")));
    parts.into_iter().flatten().flatten().collect()
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|part| part == wanted)
}

on_both! {
    async fn a_deed_lies_in_the_layers_that_hold_its_place(db: Database) {
        let story = mapped(&db).await;
        for (name, millionths, layers) in [
            ("inside", 1_000, vec!["park"]),
            ("corner", 0, vec!["park"]),
            ("edge", 10_000, vec!["fountain", "park"]),
            ("edge of the pond", 4_000, vec!["park"]),
            ("both", 9_500, vec!["fountain", "park"]),
        ] {
            let receipt = story.award(&served(&story, name, at(millionths))).await.unwrap();
            assert_eq!(places_of(&story, &receipt).await, layers, "{name}");
        }
        outside(story.award(&served(&story, "before the corner", at(-1))).await);
        outside(story.award(&served(&story, "pond", at(5_000))).await);
        outside(story.award(&served(&story, "fountain", at(15_000))).await);
        outside(story.award(&served(&story, "nowhere", None)).await);
        // A policy without a geofence pays anywhere, and what holds the place is kept all the same.
        let anywhere = AwardRequest { policy: Some("service".to_owned()), position: at(15_000), ..story.service_of(1, "anywhere", 1) };
        let receipt = story.award(&anywhere).await.unwrap();
        assert_eq!(places_of(&story, &receipt).await, ["fountain"]);
        story.clean(&db).await;
    }

    async fn a_changed_map_changes_nothing_before_it(db: Database) {
        let story = mapped(&db).await;
        let inside = served(&story, "inside", at(1_000));
        let receipt = story.award(&inside).await.unwrap();
        let late = served(&story, "late", at(2_000));
        story.later(DAY);
        let moved = layer("park", &[(0.1, 0.2)]);
        story.register(moved.clone()).await;
        let again = story.execute(story.admin(), None, ledger::machine::Command::Register(moved)).await;
        assert_eq!(code_of(again), "already_exists");
        story.later(60);

        assert_eq!(story.award(&inside).await.unwrap(), receipt, "the same key, the same answer");
        let elsewhere = AwardRequest { position: at(3_000), ..inside.clone() };
        assert_eq!(story.award(&elsewhere).await.unwrap(), receipt, "nothing that is kept tells one place from another");
        let unsaid = AwardRequest { position: None, deed: Deed { places: vec!["park".to_owned()], ..inside.deed.clone() }, ..inside.clone() };
        let reused = story.award(&unsaid).await.unwrap_err();
        assert!(matches!(reused, ExecuteError::Write(ledger::WriteError::KeyReused)), "{reused:?}");
        outside(story.award(&served(&story, "now", at(1_000))).await);
        story.award(&served(&story, "there now", at(150_000))).await.unwrap();
        let receipt = story.award(&late).await.unwrap();
        assert_eq!(places_of(&story, &receipt).await, ["park"], "a late deed is held against the map of its day");
        let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
        assert!(report.is_clean(), "{:?}", report.problems);
    }

    async fn versions_begin_now_or_later_and_in_order(db: Database) {
        let story = mapped(&db).await;
        let from = |seconds: i64, high: f64| {
            let Registration::Layer(version) = layer("park", &[(0.0, high)]) else { panic!() };
            let from = story.clock.now().plus_seconds(seconds);
            Registration::Layer(LayerVersion { effective_from: Some(from), ..version })
        };
        let put = |registration| {
            let command = ledger::machine::Command::Register(registration);
            story.execute(story.admin(), None, command)
        };
        assert_eq!(code_of(put(from(-1, 0.1)).await), "effective_in_past");
        put(from(DAY, 0.1)).await.unwrap();
        assert_eq!(code_of(put(from(DAY, 0.2)).await), "superseded");
        outside(story.award(&served(&story, "today", at(50_000))).await);
        story.later(DAY);
        story.award(&served(&story, "tomorrow", at(50_000))).await.unwrap();
        let misnamed = put(layer("公园", &[(0.0, 0.1)])).await;
        assert_eq!(code_of(misnamed), "layer_name");
    }

    async fn two_servers_hold_deeds_against_one_map(db: Database) {
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let one = Story::begin_as(&db, [7; 16]).await;
        let two = Story::join(&db, [7; 16]).await;
        one.register(layer("park", &[(0.0, 0.01)])).await;
        one.enact("fenced", &fenced()).await;
        let mut awarded = 0;
        for round in 0_u32..60 {
            one.later(60);
            two.later(60);
            let drawn = derived(&[b"round", &round.to_be_bytes()]);
            let [size, place, ..] = drawn.as_bytes().map(f64::from);
            let (changing, other) = if round % 2 == 0 { (&one, &two) } else { (&two, &one) };
            if round % 3 != 2 {
                changing.register(layer("park", &[(0.0, (size + 1.0 + f64::from(round) / 1_000.0) / 10_000.0)])).await;
            }
            #[expect(clippy::cast_possible_truncation, reason = "small")]
            let deed = served(&one, &format!("r{round}"), at((place * 100.0) as i64));
            let quotes = [other, changing].map(|story| story.ledger.quote(story.program, &deed));
            let [quote, same] = futures::future::join_all(quotes).await.try_into().unwrap();
            let told = |answer: &Result<ledger::policy::Quote, ExecuteError>| match answer {
                Ok(quote) => format!("{quote:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(told(&quote), told(&same), "round {round}");
            // Whoever did not change the map decides by it all the same.
            let decided = other.award(&deed).await;
            assert_eq!(decided.is_ok(), quote.is_ok(), "round {round}: {decided:?}");
            awarded += usize::from(decided.is_ok());
        }
        assert!((10..50).contains(&awarded), "both happen: {awarded}");
        let report = one.ledger.verify(one.program, |_| {}).await.unwrap();
        assert!(report.is_clean(), "{:?}", report.problems);
    }

    async fn a_stale_map_is_found_out_under_the_lock(db: Database) {
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let one = Story::begin_as(&db, [8; 16]).await;
        let two = Story::join(&db, [8; 16]).await;
        one.register(layer("park", &[(0.0, 0.01)])).await;
        one.enact("fenced", &fenced()).await;
        for story in [&one, &two] {
            story.later(60);
        }
        // The second server has read the map: the deed is inside. Then the first moves the park away.
        two.award(&served(&two, "before", at(1_000))).await.unwrap();
        one.register(layer("park", &[(0.1, 0.2)])).await;
        for story in [&one, &two] {
            story.later(60);
        }
        outside(two.award(&served(&two, "after", at(1_000))).await);
    }

    async fn the_map_is_made_and_used_over_http_and_the_place_is_kept_nowhere(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("fenced", &fenced()).await;
        let server = Server::start_with(&db.url, |command| {
            command.args(["--log-level", "debug,access=trace"]);
        }).await;
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let clerk = Client::new(server.base_url(), &story.token(Role::Staff, Some(Uuid::from_u128(9))).await);

        let park = json!({ "name": "park", "geojson": polygon(&[(0.0, 0.9)]) });
        let forbidden = clerk.post("/v1/layers", None, &park).await.unwrap();
        assert_eq!((forbidden.status, &forbidden.body["code"]), (403, &json!("forbidden")));
        let made = admin.post("/v1/layers", Some("park"), &park).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        assert_eq!((&made.body["corners"], &made.body["standing"]), (&json!(4), &json!("in_force")));
        let again = admin.post("/v1/layers", Some("park"), &park).await.unwrap();
        assert_eq!(again.body, made.body);
        let known = admin.post("/v1/layers", Some("park-2"), &park).await.unwrap();
        assert_eq!((known.status, &known.body["code"]), (409, &json!("already_exists")));
        let swapped = json!({ "name": "swapped", "geojson": { "type": "Polygon", "coordinates": [[[41, 123], [42, 123], [42, 124], [41, 123]]] } });
        let wrong = admin.post("/v1/layers", None, &swapped).await.unwrap();
        assert_eq!((wrong.status, &wrong.body["code"]), (422, &json!("invalid_layer")));
        assert_eq!(wrong.body["errors"][0]["pointer"], "/geojson/coordinates/0/0");
        assert!(wrong.body["errors"][0]["message"].as_str().unwrap().contains("seem swapped"), "{}", wrong.text);
        let named = json!({ "name": "园区", "geojson": polygon(&[(0.0, 0.9)]) });
        let wrong = admin.post("/v1/layers", None, &named).await.unwrap();
        assert_eq!(wrong.body["errors"][0]["pointer"], "/name");
        let list = clerk.get("/v1/layers").await.unwrap();
        assert_eq!(list.body, json!([made.body]));
        let one = clerk.get("/v1/layers/park").await.unwrap();
        assert_eq!(one.body["geometry"]["coordinates"][0], park["geojson"]["coordinates"]);
        assert_eq!(clerk.get("/v1/layers/park?as_of=2020-01-01T00:00:00Z").await.unwrap().status, 404);
        assert_eq!(clerk.get("/v1/layers/pond").await.unwrap().status, 404);

        // The server's clock is today's.
        let now = moment_now();
        let body = |reference: &str, latitude: f64, longitude: f64| json!({
            "member": story.members[0].0, "policy": "fenced",
            "deed": { "kind": "volunteer_service", "reference": reference, "occurred_at": now,
                "facts": { "minutes": 1, "beneficiary": "elderly" } },
            "position": { "latitude": latitude, "longitude": longitude },
        });
        // In millionths 41777313 and 123333717.
        let inside = body("inside", 41.777_312_6, 123.333_717);
        let quote = clerk.post("/v1/awards/preview", None, &inside).await.unwrap();
        assert_eq!(quote.status, 200, "{}", quote.text);
        assert_eq!(quote.body["explanation"][1], "地点在规定范围内（park）。");
        let award = clerk.post("/v1/awards", Some("inside"), &inside).await.unwrap();
        assert_eq!(award.status, 201, "{}", award.text);
        let shown = clerk.get(award.header("location").unwrap()).await.unwrap();
        assert_eq!(shown.body["places"], json!(["park"]));
        let away = body("away", 40.9, 123.333_717);
        let refused = clerk.post("/v1/awards", Some("away"), &away).await.unwrap();
        assert_eq!((refused.status, &refused.body["code"], &refused.body["layer"]), (422, &json!("outside_geofence"), &json!("park")));
        let swapped = body("swapped", 123.333_717, 41.777_313);
        let wrong = clerk.post("/v1/awards", Some("swapped"), &swapped).await.unwrap();
        assert_eq!((wrong.status, &wrong.body["errors"][0]["pointer"]), (422, &json!("/position/latitude")));
        assert!(wrong.body["errors"][0]["message"].as_str().unwrap().contains("swapped"), "{}", wrong.text);
        let mut stated = body("stated", 40.9, 123.0);
        stated["deed"]["places"] = json!(["park"]);
        assert_eq!(clerk.post("/v1/awards", Some("stated"), &stated).await.unwrap().status, 422);
        let batch = json!([body("batch", 41.777_313, 123.333_717), away, swapped]);
        let batch = clerk.post("/v1/awards/batch", Some("list"), &batch).await.unwrap();
        let told: Vec<_> = batch.body["results"].as_array().unwrap().iter().map(|line| line["status"].clone()).collect();
        assert_eq!(told, [201, 422, 422], "{}", batch.text);
        assert_eq!(batch.body["results"][2]["problem"]["errors"][0]["pointer"], "/2/position/latitude");

        let bytes = everything_in(&db);
        assert!(holds(&bytes, b"fenced") && holds(&bytes, b"\"park\""), "it was read");
        let (latitude, longitude) = (41_777_313_i32.to_be_bytes(), 123_333_717_i32.to_be_bytes());
        let together = [latitude, longitude].concat();
        let reversed = [longitude, latitude].concat();
        for place in [&b"41777313"[..], b"123333717", b"41.7773", b"123.3337", &together, &reversed] {
            assert!(!holds(&bytes, place), "{} is in the database", String::from_utf8_lossy(place));
        }
        let log = server.stderr();
        for place in ["41777313", "123333717", "41.7773", "123.3337"] {
            assert!(!log.contains(place), "{place} is in the log");
        }
    }

    async fn the_map_is_made_from_the_command_line(db: Database) {
        let story = Story::begin(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("park.geojson");
        let run = |arguments: &[&str]| {
            let mut command = jifen();
            command.arg("layer").args(arguments).args(["--database-url", &db.url, "--program", &story.program.to_string()]);
            let output = command.output().unwrap();
            let said = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
            (output.status.success(), said)
        };
        let import = |document: &Value, more: &[&str]| {
            std::fs::write(&file, document.to_string()).unwrap();
            run(&[&["import", file.to_str().unwrap(), "--name", "park"], more].concat())
        };
        let (done, said) = import(&polygon(&[(0.0, 0.01), (0.004, 0.006)]), &[]);
        assert!(done && said.contains("park: 1 polygons, 8 corners, on the map from 20"), "{said}");
        let (done, said) = import(&polygon(&[(0.0, 0.01), (0.004, 0.006)]), &[]);
        assert!(done && said.contains("park is unchanged"), "{said}");
        let (done, said) = import(&polygon(&[(0.0, 0.02)]), &["--effective-from", "2091-04-01"]);
        assert!(done && said.contains("from 2091-03-31T16:00:00Z"), "{said}");
        let (done, said) = import(&polygon(&[(0.0, 0.03)]), &["--effective-from", "2020-04-01"]);
        assert!(!done && said.contains("never in the past"), "{said}");
        let broken = json!({ "type": "FeatureCollection", "features": [
            { "type": "Feature", "properties": null, "geometry": polygon(&[(0.0, 0.01)]) },
            { "type": "Feature", "properties": null, "geometry": { "type": "Point", "coordinates": [123, 41] } },
        ] });
        let (done, said) = import(&broken, &[]);
        assert!(!done && said.contains("/features/1/geometry: is a Point"), "{said}");
        let (done, said) = run(&["list"]);
        let lines: Vec<_> = said.lines().map(|line| line.split('\t').collect::<Vec<_>>()).collect();
        assert!(done && lines.len() == 2, "{said}");
        assert_eq!((lines[0][0], lines[0][2], lines[1][2]), ("park", "in_force", "to_come"));
    }
}

fn moment_now() -> String {
    ledger::clock::Clock::System.now().to_string()
}
