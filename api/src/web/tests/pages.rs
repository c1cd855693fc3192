//! Every page, by everybody who may come, about what is theirs and what is not: as the table beside this file says.

use std::collections::BTreeMap;

use ledger::community::{ClerkRole, StaffRole};
use ledger::ids::{SessionId, derived};

use super::town::{Town, named};
use super::*;
use crate::demo::{merchant, site};

const ROUTES: &str = concat!(
    include_str!("../mod.rs"),
    include_str!("../door/mod.rs"),
    include_str!("../rider/mod.rs"),
    include_str!("../counter/mod.rs"),
    include_str!("../desk/mod.rs"),
    include_str!("../public/mod.rs"),
    include_str!("../audit/mod.rs"),
);
const TABLE: &str = include_str!("pages.txt");

/// The methods and paths of the router, as its source names them.
fn routes() -> Vec<(&'static str, &'static str)> {
    let calls = ROUTES.split(".route(").skip(1);
    let routes = calls.flat_map(|call| {
        let path = call.split('"').nth(1).expect("a path");
        let methods = [("GET", "get("), ("POST", "post(")];
        let taken = methods.into_iter().filter(|(_, name)| call.contains(name));
        taken.map(move |(method, _)| (method, path))
    });
    let mut routes: Vec<_> = routes.collect();
    // Whoever leaves is not in any more.
    routes.sort_by_key(|(_, path)| *path == "/leave");
    routes
}

/// Somebody, and two sessions: another of theirs, and somebody else's.
struct Visit {
    browser: Browser,
    sessions: [SessionId; 2],
}

impl Town {
    async fn visit(&self, role: Role, subject: uuid::Uuid) -> Visit {
        let (own, _) = self.let_in(role, subject).await;
        let (others, _) = self.let_in(Role::Staff, named("李红梅")).await;
        Visit {
            browser: self.let_in(role, subject).await.1,
            sessions: [own, others],
        }
    }

    /// The path and form of a route, about what is theirs (0) or what is not (1).
    fn about(&self, route: &str, sessions: [SessionId; 2], whose: usize) -> (String, String) {
        let member = self.members[whose];
        let id = match route {
            _ if route.contains("/desk/settlement/batches/") => self.batch,
            _ if route.contains("/desk/settlement/") => self.statements[whose].0,
            _ if route.contains("/desk/budgets/") => self.budget,
            _ if route.contains("/desk/policies/") => self.draft.0,
            _ if route.contains("/desk/merchants/") => merchant("惠民抻面馆").0,
            _ if route.contains("/desk/stores/") => self.stores[whose].0,
            _ if route.contains("/desk/places/") => site("怒江暖新驿站").0,
            _ if route.contains("/desk/offers/") => {
                derived(&[b"demo offer", "10 元住一晚".as_bytes()])
            }
            _ if route.contains("/counter/payments/") => self.redemptions[whose].0,
            _ if route.contains("/counter/objections/") => self.redemptions[whose].0,
            _ if route.contains("/counter/statements/") => self.statements[whose].0,
            _ if route.contains("/counter/clerks/") => self.clerks[whose].0,
            _ if route.contains("/sessions/") => sessions[whose].0,
            _ if route.contains("/desk/exceptional/") => self.proposals[whose].0,
            _ if route.contains("/orders/mine/") => self.parts[whose].0,
            _ if route.contains("/orders/") => self.orders[whose].0,
            _ if route.contains("/activities/") => self.activities[whose].0,
            _ if route.contains("/desk/patrols/") => self.shifts[whose].0,
            _ if route.contains("/hazards/") => self.hazards[whose].0,
            _ if route.contains("/redemptions/") => self.redemptions[whose].0,
            _ if route.contains("/awards/") || route.contains("/objections/") => {
                self.awards[whose].0
            }
            _ if route.contains("/desk/join/") => self.asking[whose].0,
            _ => member.0,
        };
        let path = route
            .replace("{program}", "yuhong")
            .replace("{id}", &id.to_string())
            .replace("{policy}", "grid-patrol")
            .replace("{file}", "page.css")
            .replace("{code}", &self.code)
            .replace("{name}", "none")
            .replace("{digits}", "123456712345678")
            .replace("{till}", &self.till)
            .replace("{provider}", "none");
        match route.trim_start_matches("/{program}") {
            "/desk/deed" => (format!("{path}?member={member}"), String::new()),
            "/desk/preview" | "/desk/award" => (path, format!("member={member}")),
            "/hazards/{id}" => (path, "act=confirm".to_owned()),
            "/desk/hazards/{id}" => (path, "act=triage".to_owned()),
            "/desk/approvals" => (path, "act=approve".to_owned()),
            "/desk/awards/{id}" => (path, "act=withdraw".to_owned()),
            "/me/teams" => (path, "team=none".to_owned()),
            "/desk/people/{id}/teams" => (path, "act=skills&key=k".to_owned()),
            "/desk/join/{id}" => (path, "act=look".to_owned()),
            "/desk/exceptional" => (path, format!("member={member}")),
            "/desk/exceptional/{id}" => (path, "act=verify&key=k".to_owned()),
            "/orders/{id}" => (path, "act=claim&key=k".to_owned()),
            "/orders/mine/{id}" => (path, "act=release&key=k".to_owned()),
            "/desk/orders/{id}" => (path, "act=accept".to_owned()),
            "/desk/people/{id}" => (path, "purpose=contact".to_owned()),
            "/desk/patrols/{id}" => (path, "act=end".to_owned()),
            "/desk/grids" => (path, "geojson=none".to_owned()),
            "/patrol" => (path, "steps=[]".to_owned()),
            "/desk/people/{id}/phone" => (path, "key=k&phone=none".to_owned()),
            "/me/redemptions/{id}" => (path, "key=k&ground=other".to_owned()),
            "/desk/budgets/{id}" => (path, "act=provide&key=k".to_owned()),
            "/desk/settlement/{id}" => (path, "act=approve&key=k".to_owned()),
            "/desk/policies/{policy}/drafts/{id}" => (path, "act=simulate".to_owned()),
            "/desk/merchants/{id}" => (path, "act=store&key=k".to_owned()),
            "/desk/stores/{id}" | "/desk/places/{id}" => (path, "key=k&phone=x".to_owned()),
            "/desk/stores/{id}/clerks" => (path, "act=employ&key=k".to_owned()),
            "/desk/offers/{id}" => (path, "act=pause&key=k".to_owned()),
            "/counter/objections/{id}" => (path, "act=dismiss&reason=other&key=k".to_owned()),
            "/counter/statements/{id}" => (path, "act=confirm&key=k".to_owned()),
            "/counter/clerks" => {
                let store = self.stores[whose];
                (path, format!("store={store}&role=clerk&key=k"))
            }
            "/counter/clerks/{id}" => (path, "act=invite&handle=tester".to_owned()),
            "/counter/redemptions/{id}" => (path, "act=capture".to_owned()),
            _ => (path, String::new()),
        }
    }

    async fn cell(&self, visit: &Visit, method: &str, route: &str) -> char {
        let mut let_in = Vec::new();
        let mut asked = Vec::new();
        for whose in 0..2 {
            let (path, form) = self.about(route, visit.sessions, whose);
            if asked.contains(&(path.clone(), form.clone())) {
                break;
            }
            let answer = match method {
                "GET" => visit.browser.get(&path).await,
                _ => visit.browser.post(&path, &form).await,
            };
            assert!(!answer.status.is_server_error(), "{path}: {}", answer.text);
            let told = !route.contains("{provider}") && !route.contains("/identities/");
            let refused = match answer.status {
                StatusCode::NOT_FOUND => told,
                status => status == StatusCode::FORBIDDEN,
            };
            let_in.push(!refused && answer.location != "/yuhong/login");
            asked.push((path, form));
        }
        match let_in.as_slice() {
            [true] | [true, true] => '+',
            [true, false] => 'o',
            [false] | [false, false] => '-',
            _ => panic!("{method} {route} lets in only to what is another's"),
        }
    }

    /// One more column.
    async fn column(&self, visit: &Visit, found: &mut BTreeMap<String, String>) {
        for (method, route) in routes() {
            let cell = self.cell(visit, method, route).await;
            found
                .entry(format!("{method} {route}"))
                .or_default()
                .push(cell);
        }
    }
}

/// A line of the table, as it is to stand there.
fn line(columns: &[&str], route: &str, cells: &str) -> String {
    let cells = columns.iter().zip(cells.chars());
    let cells = cells.map(|(name, cell)| format!("{cell:<width$}", width = name.len() + 1));
    let cells: String = cells.collect();
    format!("{route:<46} {}\n", cells.trim_end())
}

#[tokio::test]
async fn every_page_lets_in_whom_the_table_says() {
    let mut town = Town::begin().await;
    town.draft = town.draft_policy().await;
    for whose in 0..2 {
        town.statements[whose] = town.freeze(whose).await;
        town.clerks[whose] = town.employ(whose, ClerkRole::Clerk).await;
    }
    town.batch = town.gathered(town.statements).await.0;
    let budgets = town.web.ledger.budgets(town.web.program.id).await;
    town.budget = budgets.expect("budgets")[0].id.0;
    let mut found = BTreeMap::new();
    let nobody = Visit {
        browser: Browser::at_door(&town.pages).await,
        ..town.visit(Role::Staff, named("张敏")).await
    };
    town.column(&nobody, &mut found).await;
    for (role, name) in [
        (Role::Member, "赵立军"),
        (Role::Merchant, "刘春燕"),
        (Role::Staff, "张敏"),
        (Role::Auditor, "何静"),
    ] {
        let visit = town.visit(role, named(name)).await;
        town.column(&visit, &mut found).await;
    }
    // From the first appointment on, staff who have none do nothing.
    let mut appointed = vec![town.staff(&[], None).await];
    for role in StaffRole::ALL {
        appointed.push(town.staff(&[*role], None).await);
    }
    let desk: &[_] = &[StaffRole::Awarder, StaffRole::Approver];
    for roles in [desk, &[StaffRole::Auditor], &[StaffRole::Administrator]] {
        appointed.push(town.staff(roles, Some(town.nodes[0])).await);
    }
    for staff in appointed {
        let visit = town.visit(Role::Staff, staff).await;
        town.column(&visit, &mut found).await;
    }
    assert!(found.len() > 30, "{found:?}");
    let lines: Vec<&str> = TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect();
    let (header, lines) = lines.split_first().expect("a header");
    let columns: Vec<&str> = header.split_whitespace().collect();
    let expected: BTreeMap<String, String> = lines
        .iter()
        .map(|line| {
            let mut words = line.split_whitespace();
            let route = words.by_ref().take(2).collect::<Vec<_>>().join(" ");
            (route, words.collect())
        })
        .collect();
    let told = found.iter();
    let told: String = told.map(|(of, cells)| line(&columns, of, cells)).collect();
    assert_eq!(found, expected, "found:\n{told}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
