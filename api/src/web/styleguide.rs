//! Every component of the pages on one page, in the demo.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;

use super::Site;
use super::nav::{Face, Place};
use super::page::{Frame, Page, Trouble, show};
use super::reading::{Say, t};

#[derive(Template)]
#[template(path = "styleguide.html")]
struct Styleguide {
    frame: Frame,
    colours: Vec<(&'static str, &'static str)>,
    icons: Vec<&'static str>,
}

/// `GET /styleguide`: only where the demo is served.
pub async fn page(State(site): State<Arc<Site>>) -> Page {
    if site.demo.is_none() {
        return Err(Trouble::Missing);
    }
    let place = |icon, label, current| Place {
        label,
        href: "/styleguide".to_owned(),
        icon,
        current,
        makes: false,
    };
    let plain = Frame::nobodys(t("样式", "Styleguide"), String::new());
    show(&Styleguide {
        frame: Frame {
            face: Face::Rider,
            places: vec![
                place("purse", t("积分", "Points"), true),
                place("deeds", t("做事", "Earn"), false),
                place("code", t("付款", "Pay"), false),
                place("place", t("附近", "Nearby"), false),
                place("person", t("我的", "Me"), false),
            ],
            ..plain
        },
        colours: vec![
            ("paper", t("纸", "paper")),
            ("card", t("卡片", "card")),
            ("ink", t("正文", "ink")),
            ("quiet", t("次要", "quiet")),
            ("brand", t("主色", "brand")),
            ("brand-deep", t("深主色", "deep brand")),
            ("tint", t("成功底", "tint")),
            ("gain", t("得分", "gain")),
            ("bad", t("出错", "wrong")),
            ("bad-tint", t("出错底", "tint of wrong")),
            ("soon", t("快到期", "soon")),
            ("soon-tint", t("快到期底", "tint of soon")),
        ],
        icons: super::assets::icons(),
    })
}
