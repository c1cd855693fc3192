//! What is sent to routes whose body says about whom it is.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Town, id};
use crate::patrols::beat::cells;

impl Town {
    /// A body for routes whose body says about whom it is.
    pub fn body(&self, route: &str, whose: usize) -> Value {
        let node = self.nodes[whose].0;
        let award = json!({
            "member": self.members[whose].0,
            "deed": { "kind": "none", "reference": "r", "occurred_at": "2026-03-05T10:00:00+08:00", "facts": {} },
        });
        match route {
            "/v1/awards" | "/v1/awards/preview" => award,
            "/v1/awards/batch" => json!([award]),
            "/v1/organizations" => json!({ "name": "组", "kind": "team", "parent": node }),
            "/v1/members" | "/v1/staff" => json!({ "name": "新来的", "organization": node }),
            "/v1/appointments" => {
                json!({ "staff": id(), "role": "awarder", "organization": node })
            }
            "/v1/logins" => {
                json!({ "subject": self.staff[whose].0, "handle": format!("staff-{whose}") })
            }
            "/v1/redemptions/{id}/objection" => json!({ "ground": "other" }),
            "/v1/redemptions/{id}/objection/answer" => json!({ "refund": false }),
            "/v1/members/{id}/phone" => json!({ "phone": format!("1370000000{whose}") }),
            "/v1/members/{id}/consents" => json!({ "consent": "2026-1" }),
            // No phone, which is looked at once it is clear whose it would be.
            "/v1/members/{id}/phone/code" => json!({ "phone": "139" }),
            "/v1/members/{id}/phone/own" => json!({ "phone": "139", "code": "123456" }),
            "/v1/activities" | "/v1/activities/{id}" => json!({
                "organization": node, "form": "study", "title": "学习", "place": "驿站",
                "slots": [{ "starts_at": "2026-03-06T10:00:00+08:00", "ends_at": "2026-03-06T11:00:00+08:00" }],
            }),
            "/v1/activities/{id}/backfill" => json!({
                "member": self.members[whose].0,
                "from": "2026-03-05T11:00:00+08:00", "until": "2026-03-05T11:30:00+08:00",
            }),
            "/v1/activities/{id}/cancel" => json!({}),
            "/v1/grids" => json!({ "geojson": cells(&["G-7"]) }),
            "/v1/shifts" => json!({
                "member": self.members[whose].0, "shift": id(), "position": { "latitude": 41.7952, "longitude": 123.3056 },
            }),
            "/v1/shifts/steps" => json!([{}]),
            "/v1/shifts/{id}/waypoints" => {
                json!({ "position": { "latitude": 41.7952, "longitude": 123.3056 } })
            }
            "/v1/activities/{id}/check-in" | "/v1/activities/{id}/check-out" => {
                json!({ "member": self.members[whose].0, "code": "000000" })
            }
            _ if route.starts_with("/v1/activities/{id}/") => {
                json!({ "member": self.members[whose].0 })
            }
            "/v1/hazards" => json!({ "category": "road", "member": self.members[whose].0 }),
            "/v1/hazards/{id}/triage" => json!({ "severity": "low" }),
            "/v1/hazards/{id}/invalid" => json!({ "reason": "other" }),
            "/v1/hazards/{id}/duplicate" => json!({ "of": self.hazards[whose] }),
            "/v1/hazards/{id}/assign" => json!({ "organization": node }),
            "/v1/hazards/terms/{category}" => json!({ "decide_hours": 1, "fix_hours": 1 }),
            "/v1/orders" => json!({ "organization": node, "wanted": wanted() }),
            "/v1/orders/{id}/accept" => wanted(),
            "/v1/orders/{id}/claim" => json!({ "member": self.members[whose].0 }),
            "/v1/deeds/{id}/refuse" => json!({ "reason": "mistake" }),
            "/v1/exceptional" => json!({
                "member": self.members[whose].0, "category": "rescue", "occurred_at": "2026-03-05T10:00:00+08:00",
                "attachments": [self.members[whose].0],
            }),
            "/v1/teams" => json!({ "code": id().to_string(), "team": team(node) }),
            "/v1/teams/{code}" => team(node),
            "/v1/teams/{code}/members" | "/v1/teams/{code}/leave" => {
                json!({ "member": self.members[whose].0 })
            }
            "/v1/members/{id}/skills" => json!({ "skills": ["driver"] }),
            "/v1/members/{id}/pledges" => json!({
                "measure": "deeds", "target": 1, "every": "quarter",
                "from": "2026-03-05T10:00:00+08:00", "until": "2026-06-05T10:00:00+08:00",
            }),
            "/v1/members/{id}/pledges/end" => json!({ "pledge": self.members[whose].0 }),
            "/v1/awards/{id}/review" => json!({ "upheld": false, "reason": "as_claimed" }),
            "/v1/awards/{id}/appeal" | "/v1/members/{id}/service-record/statements" => json!({}),
            "/v1/approvals/decisions" => {
                json!([{ "award": self.awards[whose], "decision": "approve" }])
            }
            _ if route.starts_with("/v1/awards/{id}/") => json!({ "reason": "mistake" }),
            "/v1/statements/{id}/disputes" => json!({ "version": 1, "reason": "points" }),
            "/v1/statements/{id}/answers" => json!({ "version": 1, "finding": "stands" }),
            "/v1/webhooks" | "/v1/webhooks/{id}" => {
                json!({ "name": "till", "url": "https://till.example.cn/" })
            }
            "/v1/webhooks/{id}/rotate" => json!({ "overlap_hours": 1 }),
            "/v1/webhooks/{id}/repeat" => json!({ "dead": true }),
            _ => json!({}),
        }
    }
}

fn wanted() -> Value {
    json!({ "category": "errand", "beneficiary": "elderly", "title": "买菜", "wanted_by": "2026-03-06T10:00:00+08:00" })
}

fn team(node: Uuid) -> Value {
    json!({ "organization": node, "kind": "safety", "name": "队" })
}
