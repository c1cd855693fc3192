//! A payment code where there is no signal.

use askama::Template;
use uuid::Uuid;

use crate::web::assets::{OFFLINE, SQUARE, STORE};
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider};

#[derive(Template)]
#[template(path = "rider/offline.html")]
struct Offline {
    frame: Frame,
    member: Uuid,
    /// In the order in which they build on each other.
    scripts: [&'static str; 3],
}

/// `GET /{program}/me/offline`: the phone's script asks the API for a key, and makes codes of it from then on.
pub async fn page(At(web): At, rider: Rider) -> Page {
    show(&Offline {
        frame: Frame::new(
            &web,
            t("没有信号时付款", "Pay without signal"),
            Some(&rider.0),
        ),
        member: rider.member().0,
        scripts: [&STORE, &SQUARE, &OFFLINE],
    })
}
