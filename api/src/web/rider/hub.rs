//! Two pages that lead on: what earns points, and what is about oneself.

use askama::Template;

use crate::web::Web;
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider};

#[derive(Template)]
#[template(path = "rider/hub.html")]
struct Hub {
    frame: Frame,
    about: &'static str,
    tiles: Vec<Tile>,
    /// Whether one can leave from here.
    leaves: bool,
}

struct Tile {
    href: String,
    icon: &'static str,
    label: &'static str,
    hint: &'static str,
}

fn tile(
    web: &Web,
    path: &str,
    icon: &'static str,
    label: &'static str,
    hint: &'static str,
) -> Tile {
    Tile {
        href: web.path(path),
        icon,
        label,
        hint,
    }
}

/// `GET /{program}/deeds`: what one can do.
pub async fn deeds(At(web): At, rider: Rider) -> Page {
    show(&Hub {
        frame: Frame::new(&web, t("做事得积分", "Earn points"), Some(&rider.0)),
        about: t(
            "停好车再拍照、再上报。早报晚报一样计分。",
            "Park before you take a photo or report. Reporting sooner earns nothing more.",
        ),
        tiles: vec![
            tile(
                &web,
                "hazards",
                "hazard",
                t("随手拍", "Report a hazard"),
                t("路面、消防、电线、井盖", "Roads, fire, wires, covers"),
            ),
            tile(
                &web,
                "activities",
                "calendar",
                t("活动", "Events"),
                t("报名、到场签到", "Sign up, check in"),
            ),
            tile(
                &web,
                "orders",
                "hand",
                t("群众点单", "Requests"),
                t("接一单，帮一户", "Help a household"),
            ),
            tile(
                &web,
                "patrol",
                "walk",
                t("巡查", "Patrol"),
                t("按网格巡，记时长", "Walk a grid"),
            ),
            tile(
                &web,
                "me/pledges",
                "pledge",
                t("承诺", "Pledges"),
                t("看进度、立承诺", "Make one, see how far"),
            ),
            tile(
                &web,
                "me/teams",
                "people",
                t("队伍", "Teams"),
                t("我在哪些队", "Where I belong"),
            ),
        ],
        leaves: false,
    })
}

/// `GET /{program}/mine`: what is theirs.
pub async fn mine(At(web): At, rider: Rider) -> Page {
    show(&Hub {
        frame: Frame::new(&web, t("我的", "Me"), Some(&rider.0)),
        about: "",
        tiles: vec![
            tile(
                &web,
                "me/service",
                "record",
                t("服务记录", "Service record"),
                t("可打印，带签名", "Signed, to print"),
            ),
            tile(
                &web,
                "notice",
                "notice",
                t("公示和异议", "Public notice"),
                t("谁因何得多少", "Who earned what"),
            ),
            tile(
                &web,
                "me/data",
                "shield",
                t("我的资料", "My data"),
                t("查看、导出、注销", "See, export, erase"),
            ),
            tile(
                &web,
                "me/teams",
                "people",
                t("队伍", "Teams"),
                t("我在哪些队", "Where I belong"),
            ),
            tile(
                &web,
                "me/pledges",
                "pledge",
                t("承诺", "Pledges"),
                t("看进度、立承诺", "Make one, see how far"),
            ),
            tile(
                &web,
                "account",
                "person",
                t("登录和设备", "Account"),
                t("密码、在哪登录着", "Password, sessions"),
            ),
        ],
        leaves: true,
    })
}
