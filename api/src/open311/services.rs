//! What can be reported, and what is asked about it.

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use ledger::community::hazard::{DEED_KIND, HazardCategory};
use ledger::policy::deed::choice;
use serde::{Deserialize, Serialize};

use super::jurisdiction;
use super::wire::{Fault, Format, List, Told, answer, element};
use crate::state::App;

/// When what is offered here changed last.
const CHANGED: &str = "2026-11-22T00:00:00Z";

/// Behind the question mark.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    pub jurisdiction_id: Option<String>,
}

/// Something that can be reported.
#[derive(Debug, Serialize)]
pub struct Service {
    service_code: &'static str,
    service_name: &'static str,
    description: &'static str,
    metadata: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    keywords: &'static str,
    group: &'static str,
}

/// What a category is called: 消防隐患.
pub fn name_of(category: HazardCategory) -> &'static str {
    let choice = choice(DEED_KIND, "category", category.name());
    choice.map_or(category.name(), |choice| choice.zh)
}

const fn about(category: HazardCategory) -> (&'static str, &'static str) {
    match category {
        HazardCategory::Fire => ("消防通道被占、消防设施损坏、违规充电等。", "fire,消防,充电"),
        HazardCategory::Road => ("路面破损、井盖缺失、路灯不亮等。", "road,路面,井盖,路灯"),
        HazardCategory::Electrical => ("电线裸露、私拉电线等。", "electrical,电线"),
        HazardCategory::Gas => ("燃气异味、管道破损等；危急时先拨打抢修电话。", "gas,燃气"),
        HazardCategory::Facility => ("健身器材、护栏、指示牌等公共设施损坏。", "facility,设施"),
        HazardCategory::Environment => ("垃圾堆放、污水外溢等。", "environment,垃圾,污水"),
        HazardCategory::Dispute => ("邻里、劳务等需要调解的矛盾。", "dispute,矛盾,纠纷"),
        HazardCategory::Traffic => ("拥堵、信号灯故障、违停等。", "traffic,拥堵,信号灯"),
        HazardCategory::Other => ("其他需要处理的情况。", "other,其他"),
    }
}

/// Everything that can be reported.
pub fn list() -> List<Service> {
    let service = |category: &HazardCategory| {
        let (description, keywords) = about(*category);
        Service {
            service_code: category.name(),
            service_name: name_of(*category),
            description,
            metadata: true,
            kind: "realtime",
            keywords,
            group: "隐患上报",
        }
    };
    List {
        root: "services",
        item: "service",
        items: HazardCategory::ALL.iter().map(service).collect(),
    }
}

/// Something that is asked, or only said, about a report.
#[derive(Clone, Copy, Debug, Serialize)]
struct Attribute {
    /// Whether there is anything to fill in.
    variable: bool,
    code: &'static str,
    datatype: &'static str,
    required: bool,
    datatype_description: &'static str,
    order: u8,
    description: &'static str,
}

const ATTRIBUTES: [Attribute; 4] = [
    Attribute {
        variable: false,
        code: "safety",
        datatype: "string",
        required: false,
        datatype_description: "",
        order: 1,
        description: "请停好车再拍照上报。上报快慢不影响积分。",
    },
    Attribute {
        variable: true,
        code: "seen_at",
        datatype: "datetime",
        required: false,
        datatype_description: "看到的时间，如 2026-03-05T12:00:00+08:00；没有网络时拍下的，24 小时内可补报。",
        order: 2,
        description: "什么时候看到的？",
    },
    Attribute {
        variable: true,
        code: "grid",
        datatype: "string",
        required: false,
        datatype_description: "网格编号，如 YH-DD-03。",
        order: 3,
        description: "在哪个网格？",
    },
    Attribute {
        variable: true,
        code: "team",
        datatype: "string",
        required: false,
        datatype_description: "队伍编号。",
        order: 4,
        description: "代表哪支队伍上报？",
    },
];

/// What is asked about reports of a service.
pub struct Definition(HazardCategory);

impl Told for Definition {
    fn json(&self) -> Option<String> {
        #[derive(Serialize)]
        struct Whole {
            service_code: &'static str,
            attributes: [Attribute; 4],
        }
        let whole = Whole {
            service_code: self.0.name(),
            attributes: ATTRIBUTES,
        };
        serde_json::to_string(&whole).ok()
    }

    fn xml(&self) -> Option<String> {
        let code = element("service_code", &self.0.name())?;
        let attributes = List {
            root: "attributes",
            item: "attribute",
            items: ATTRIBUTES.to_vec(),
        };
        let attributes = attributes.xml()?;
        Some(format!(
            "<service_definition>{code}{attributes}</service_definition>"
        ))
    }
}

/// The category of a service code.
pub fn category_of(code: &str) -> Result<HazardCategory, Fault> {
    HazardCategory::from_name(code).ok_or_else(|| {
        let codes: Vec<&str> = HazardCategory::ALL.iter().map(|c| c.name()).collect();
        Fault::not_found(format!(
            "service_code {code} was not found: it is one of {}",
            codes.join(", ")
        ))
    })
}

/// `GET /open311/v2/services/{code}.{format}`.
pub async fn definition(
    State(app): State<App>,
    Path(file): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    let (code, Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    let found = async {
        jurisdiction(&app, asked.jurisdiction_id.as_deref()).await?;
        category_of(code).map(Definition)
    };
    answer(format, found.await)
}

/// Where this protocol is spoken.
struct Discovery {
    url: String,
}

#[derive(Serialize)]
struct Endpoint<'d> {
    specification: &'static str,
    url: &'d str,
    changeset: &'static str,
    #[serde(rename = "type")]
    kind: &'static str,
}

const FORMATS: [&str; 2] = ["text/xml", "application/json"];
const CONTACT: &str = "向本积分计划的工作人员申请 api_key；接口说明见 /docs。";

impl Discovery {
    fn endpoint(&self) -> Endpoint<'_> {
        Endpoint {
            specification: "http://wiki.open311.org/GeoReport_v2",
            url: &self.url,
            changeset: CHANGED,
            kind: "production",
        }
    }
}

impl Told for Discovery {
    fn json(&self) -> Option<String> {
        #[derive(Serialize)]
        struct Formats<'d> {
            #[serde(flatten)]
            endpoint: Endpoint<'d>,
            formats: [&'static str; 2],
        }
        #[derive(Serialize)]
        struct Whole<'d> {
            changeset: &'static str,
            contact: &'static str,
            key_service: &'static str,
            endpoints: [Formats<'d>; 1],
        }
        let endpoints = [Formats {
            endpoint: self.endpoint(),
            formats: FORMATS,
        }];
        serde_json::to_string(&Whole {
            changeset: CHANGED,
            contact: CONTACT,
            key_service: CONTACT,
            endpoints,
        })
        .ok()
    }

    fn xml(&self) -> Option<String> {
        let endpoint = element("endpoint", &self.endpoint())?;
        let formats = List {
            root: "formats",
            item: "format",
            items: FORMATS.to_vec(),
        };
        let endpoint = endpoint.strip_suffix("</endpoint>")?;
        let endpoint = format!("{endpoint}{}</endpoint>", formats.xml()?);
        let said = [
            element("changeset", &CHANGED)?,
            element("contact", &CONTACT)?,
            element("key_service", &CONTACT)?,
        ];
        Some(format!(
            "<discovery>{}<endpoints>{endpoint}</endpoints></discovery>",
            said.concat()
        ))
    }
}

/// `GET /open311/discovery.{format}`.
pub async fn discovery(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    let ("discovery", Some(format)) = Format::of(&file) else {
        return Fault::no_format().written(Format::Xml);
    };
    let scheme = if app.secure { "https" } else { "http" };
    let host = headers.get(header::HOST);
    let host = host.and_then(|host| host.to_str().ok());
    let url = format!("{scheme}://{}/open311/v2", host.unwrap_or("localhost"));
    answer(format, Ok(Discovery { url }))
}
