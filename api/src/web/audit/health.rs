//! 运行: whether the server can do its work, and what it does by itself, for whoever reads the books.

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use serde::Deserialize;

use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::full;
use crate::web::lists::{Asked, Line, Tools};
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Auditor};

/// A job is late whose oldest work has waited for so many of its rounds,
const ROUNDS: i64 = 5;
/// and for so many seconds at least.
const PATIENCE: i64 = 300;

#[derive(Template)]
#[template(path = "audit/health.html")]
struct Health {
    frame: Frame,
    /// Whether commands can be executed.
    ready: bool,
    facts: Vec<(&'static str, String)>,
    tools: Tools,
    /// What needs looking at lies open,
    behind: Group,
    /// and what is well is folded away, but for whoever searches.
    well: Vec<Group>,
    unfolded: bool,
    /// How many jobs there are, and how many of them need looking at.
    all: usize,
    wrong: usize,
    /// Only those that do are listed.
    only_wrong: bool,
}

/// Jobs of a kind.
struct Group {
    title: &'static str,
    /// How many, and how they are, where nothing is wrong.
    told: String,
    jobs: Vec<Row>,
}

impl Group {
    /// Of jobs none of which needs looking at.
    fn of(title: &'static str, jobs: Vec<Row>) -> Self {
        let all = counted(jobs.len(), "项", "job", "jobs");
        let never = jobs.iter().filter(|job| job.state == State::Never).count();
        let told = match never {
            0 => say!("{all}，正常", "{all}, fine"),
            _ => say!("{all}，{never} 项还没有运行过", "{all}, {never} yet to run"),
        };
        Self { title, told, jobs }
    }

    /// Of each kind.
    fn each(mut jobs: Vec<Row>) -> Vec<Self> {
        let mut groups = Vec::new();
        for ((zh, en), known) in KINDS {
            let is_known = |job: &Row| known.iter().any(|(name, _)| *name == job.name);
            let (own, others): (Vec<Row>, Vec<Row>) = jobs.into_iter().partition(is_known);
            groups.push(Self::of(t(zh, en), own));
            jobs = others;
        }
        groups.push(Self::of(t("其他", "Others"), jobs));
        groups.retain(|group| !group.jobs.is_empty());
        groups
    }
}

/// A job.
struct Row {
    name: &'static str,
    /// What it is called on the page.
    title: &'static str,
    every: String,
    state: State,
    started: Option<String>,
    finished: Option<String>,
    done: u64,
    failed: u64,
    error: Option<String>,
    next: Option<String>,
    /// Since when what it is to do has waited.
    waits: Option<String>,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("任务", "Job"),
            t("代号", "Name"),
            t("状态", "State"),
            t("间隔", "Every"),
            t("上次开始", "Last began"),
            t("上次结束", "Last ended"),
            t("办成", "Done"),
            t("没办成", "Not done"),
            t("等着办的最早从", "Oldest work since"),
            t("下次", "Next"),
            t("错误", "Error"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let text = |text: &Option<String>| Cell::from(text.clone().unwrap_or_default());
        let number = |number: u64| Cell::from(i64::try_from(number).unwrap_or(i64::MAX));
        vec![
            self.title.into(),
            self.name.into(),
            self.state.told().into(),
            self.every.clone().into(),
            text(&self.started),
            text(&self.finished),
            number(self.done),
            number(self.failed),
            text(&self.waits),
            text(&self.next),
            text(&self.error),
        ]
    }
}

/// Every job, as it stands for the programme.
async fn jobs(web: &Web) -> Result<Vec<Row>, StoreError> {
    let zone = web.zone();
    let told = |at| full(at, &zone);
    let statuses = web.app.job_statuses(web.program.id).await?;
    let jobs = statuses.into_iter().map(|status| {
        let every = i64::try_from(status.every_seconds).unwrap_or(i64::MAX);
        let last = status.state.as_ref();
        let error = last.and_then(|last| last.last_error.clone());
        let finished = last.and_then(|last| last.last_finished);
        let late = is_late(status.lag_seconds, every);
        let state = State::of(finished.is_some(), status.running, error.is_some(), late);
        let lag = lasting(status.lag_seconds);
        Row {
            name: status.name,
            title: title(status.name),
            every: lasting(every),
            state,
            started: last.and_then(|last| last.last_started).map(told),
            finished: finished.map(told),
            done: last.map_or(0, |last| last.last_done),
            failed: last.map_or(0, |last| last.last_failed),
            error,
            next: last.map(|last| told(last.next_run)),
            waits: status.waits_since.map(|at| {
                let since = told(at);
                say!("{since}（已 {lag}）", "{since} ({lag})")
            }),
        }
    });
    Ok(jobs.collect())
}

/// How a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Never,
    Running,
    Fine,
    Late,
    Failed,
}

impl State {
    /// Failing comes before waiting, and both before whether it is under way.
    const fn of(ran: bool, running: bool, failed: bool, late: bool) -> Self {
        match (failed, late, running, ran) {
            (true, ..) => Self::Failed,
            (_, true, ..) => Self::Late,
            (_, _, true, _) => Self::Running,
            (.., true) => Self::Fine,
            (.., false) => Self::Never,
        }
    }

    const fn is_wrong(self) -> bool {
        matches!(self, Self::Late | Self::Failed)
    }

    fn told(self) -> &'static str {
        match self {
            Self::Never => t("还没有运行过", "has not run yet"),
            Self::Running => t("正在运行", "under way"),
            Self::Fine => t("正常", "fine"),
            Self::Late => t("积压", "behind"),
            Self::Failed => t("上次有没办成的", "could not do all"),
        }
    }
}

/// Which jobs are to be listed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Shown {
    show: String,
}

/// A job's own name, and what it is called.
type Titled = (&'static str, (&'static str, &'static str));

/// What jobs are about, and what they are called. Their own names stand beside.
#[rustfmt::skip]
const KINDS: &[((&str, &str), &[Titled])] = &[
    (("积分和资金", "Points and budgets"), &[
        ("release_holds", ("冻结到期退回", "Gives back holds that ran out")),
        ("vest_awards", ("公示期满发放", "Awards what was on notice long enough")),
        ("escalate_objections", ("异议逾期上报", "Passes on objections not reviewed in time")),
        ("settle_objections", ("异议成立期满撤下", "Removes awards whose objection was upheld")),
        ("admit_awards", ("排队奖励入账", "Lets in awards that wait in line")),
        ("award_deeds", ("办完的事登记奖励", "Records awards for deeds that are done")),
        ("expire_lots", ("积分到期作废", "Expires points")),
        ("write_off_debts", ("核销欠分", "Writes off points owed")),
        ("tell_budgets", ("资金预警", "Tells that budgets run low")),
        ("close_budgets", ("资金结账", "Closes budgets")),
    ]),
    (("事项和提醒", "Deeds and notices"), &[
        ("close_deeds", ("活动、巡查到时结束", "Closes deeds whose time is up")),
        ("follow_hazards", ("重复隐患随同办结", "Closes duplicates of hazards")),
        ("close_orders", ("点单过期", "Closes requests that are over")),
        ("tell_expiring", ("到期提醒", "Tells riders what will expire")),
        ("tell_events", ("事件推送", "Delivers events")),
    ]),
    (("到期清理", "Clearing away"), &[
        ("forget_rejections", ("清理未办成的请求", "Forgets requests that were turned down")),
        ("forget_codes", ("清理过期付款码", "Forgets payment codes")),
        ("forget_sightings", ("清理事发位置", "Forgets where things were reported")),
        ("forget_sessions", ("清理结束的登录", "Forgets sessions that ended")),
        ("forget_guesses", ("清理登录失败记录", "Forgets failures to log in")),
        ("forget_login_codes", ("清理短信验证码", "Forgets codes sent by text message")),
        ("forget_visits", ("清理未完成的统一认证", "Forgets sign-ons that were left off")),
        ("forget_attachments", ("清理到期的照片和文字", "Forgets photos and texts")),
        ("forget_deliveries", ("清理推送记录", "Forgets what was delivered")),
        ("forget_asked_places", ("清理未通过事项的位置", "Forgets where refused deeds were")),
        ("forget_suppressed", ("清理注销人员的标记", "Forgets marks of erased riders")),
        ("forget_waypoints", ("清理巡查位置", "Forgets places on patrols")),
        ("forget_joining", ("清理过期报到", "Forgets who asked to be enrolled")),
        ("round_hazard_places", ("模糊已办结隐患的位置", "Rounds where closed hazards were")),
        ("forget_addresses", ("清理网络地址", "Forgets network addresses")),
    ]),
];

fn titles() -> impl Iterator<Item = &'static Titled> {
    KINDS.iter().flat_map(|(_, jobs)| jobs.iter())
}

fn title(job: &'static str) -> &'static str {
    let known = titles().find(|(name, _)| *name == job);
    known.map_or(job, |(_, (zh, en))| t(zh, en))
}

/// So many seconds, in the largest unit of which there is a whole one.
fn lasting(seconds: i64) -> String {
    match (seconds / 86_400, seconds / 3_600, seconds / 60) {
        (0, 0, 0) => say!("{seconds} 秒", "{seconds} s"),
        (0, 0, minutes) => say!("{minutes} 分钟", "{minutes} min"),
        (0, hours, _) => say!("{hours} 小时", "{hours} h"),
        (days, ..) => say!("{days} 天", "{days} d"),
    }
}

/// Whether what waits has waited for too long, at a job that comes round every so many seconds.
fn is_late(lag: i64, every: i64) -> bool {
    lag > every.saturating_mul(ROUNDS).max(PATIENCE)
}

/// `GET /{program}/audit/health`.
pub async fn show(
    At(web): At,
    auditor: Auditor,
    Query(shown): Query<Shown>,
    Query(asked): Query<Asked>,
) -> Page {
    let began = web.now();
    let ready = web.ledger.is_ready().await?;
    let took = web.now().as_micros().saturating_sub(began.as_micros()) / 1_000;
    let mut jobs = jobs(&web).await?;
    let (all, only_wrong) = (jobs.len(), shown.show == "wrong");
    let wrong = jobs.iter().filter(|job| job.state.is_wrong()).count();
    jobs.retain(|job| !only_wrong || job.state.is_wrong());
    let jobs = asked.search(jobs);
    if let Some(file) = asked.file("jobs", &jobs) {
        return file.await;
    }
    let keep = if only_wrong { "wrong" } else { "" };
    let shown = asked.page(&[("show", keep)], jobs);
    let needs = |job: &Row| job.state.is_wrong();
    let (behind, well): (Vec<Row>, Vec<Row>) = shown.rows.into_iter().partition(needs);
    render(&Health {
        frame: Frame::new(&web, t("运行", "Health"), Some(&auditor.0)),
        ready,
        facts: facts(&web, took),
        tools: shown.tools,
        behind: Group {
            title: t("要看一看的", "To be looked at"),
            told: String::new(),
            jobs: behind,
        },
        well: Group::each(well),
        unfolded: !asked.q.is_empty(),
        all,
        wrong,
        only_wrong,
    })
}

/// What the server is doing, and how long a look at the ledger took it.
fn facts(web: &Web, took: i64) -> Vec<(&'static str, String)> {
    let (requests, commands) = web.app.done.totals();
    let most = web.app.limits.in_flight;
    let under_way = most.saturating_sub(web.app.in_flight.available_permits());
    vec![
        (
            t("读一次账本用时", "A look at the ledger took"),
            say!("{took} 毫秒", "{took} ms"),
        ),
        (
            t("正在处理的请求", "Requests under way"),
            say!("{under_way}，最多 {most}", "{under_way} of {most} at most"),
        ),
        (
            t("启动以来答复的请求", "Requests answered since it started"),
            requests.to_string(),
        ),
        (
            t("启动以来办成的操作", "Commands done since it started"),
            commands.to_string(),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn what_is_wrong_comes_first() {
        assert_eq!(State::of(true, true, true, true), State::Failed);
        assert_eq!(State::of(true, true, false, true), State::Late);
        assert_eq!(State::of(true, true, false, false), State::Running);
        assert_eq!(State::of(true, false, false, false), State::Fine);
        assert_eq!(State::of(false, false, false, false), State::Never);
        assert!(State::Late.is_wrong() && !State::Never.is_wrong());
    }

    #[test]
    fn a_job_is_late_after_some_rounds_and_some_minutes() {
        assert!(!is_late(300, 1) && is_late(301, 1));
        assert!(!is_late(18_000, 3_600) && is_late(18_001, 3_600));
    }

    #[test]
    fn times_are_told_in_their_largest_unit() {
        for (seconds, told) in [
            (0, "0 秒"),
            (30, "30 秒"),
            (90, "1 分钟"),
            (3_600, "1 小时"),
            (200_000, "2 天"),
        ] {
            assert_eq!(lasting(seconds), told);
        }
    }

    #[test]
    fn each_title_is_of_one_job() {
        let names: BTreeSet<&str> = titles().map(|(name, _)| *name).collect();
        assert_eq!(names.len(), titles().count());
        assert_eq!(title("expire_lots"), "积分到期作废");
        assert_eq!(title("brew_tea"), "brew_tea");
    }

    #[test]
    fn what_is_well_is_counted_by_kind() {
        let job = |name, state| Row {
            name,
            title: title(name),
            every: String::new(),
            state,
            started: None,
            finished: None,
            done: 0,
            failed: 0,
            error: None,
            next: None,
            waits: None,
        };
        let groups = Group::each(vec![
            job("forget_codes", State::Fine),
            job("brew_tea", State::Running),
            job("expire_lots", State::Fine),
            job("vest_awards", State::Never),
        ]);
        let told = groups
            .iter()
            .map(|group| format!("{}：{}", group.title, group.told));
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                "积分和资金：2 项，1 项还没有运行过",
                "到期清理：1 项，正常",
                "其他：1 项，正常",
            ]
        );
    }
}
