//! What a device says of itself, in the words of whoever looks for theirs in a list.

use crate::web::reading::t;

/// By what a browser is known, the more particular first: nearly all of them say that they are Chrome and Safari, too.
const BROWSERS: [(&str, &str, &str); 22] = [
    ("wxwork/", "企业微信", "WeCom"),
    ("MicroMessenger", "微信", "WeChat"),
    ("AlipayClient", "支付宝", "Alipay"),
    ("DingTalk", "钉钉", "DingTalk"),
    ("baiduboxapp", "百度", "Baidu"),
    ("HuaweiBrowser", "华为浏览器", "Huawei Browser"),
    ("MiuiBrowser", "小米浏览器", "Mi Browser"),
    ("HeyTapBrowser", "OPPO 浏览器", "OPPO Browser"),
    ("VivoBrowser", "vivo 浏览器", "vivo Browser"),
    ("SamsungBrowser", "三星浏览器", "Samsung Internet"),
    ("UCBrowser", "UC 浏览器", "UC Browser"),
    ("Quark", "夸克", "Quark"),
    ("QQBrowser", "QQ 浏览器", "QQ Browser"),
    ("Edg/", "Edge", "Edge"),
    ("EdgA/", "Edge", "Edge"),
    ("EdgiOS", "Edge", "Edge"),
    ("OPR/", "Opera", "Opera"),
    ("FxiOS", "Firefox", "Firefox"),
    ("Firefox", "Firefox", "Firefox"),
    ("CriOS", "Chrome", "Chrome"),
    ("Chrome", "Chrome", "Chrome"),
    (SAFARI, SAFARI, SAFARI),
];
const SAFARI: &str = "Safari";

/// By what a system is known: those that say that they are another one, too, first.
const SYSTEMS: [(&str, &str, &str); 9] = [
    ("HarmonyOS", "鸿蒙", "HarmonyOS"),
    ("OpenHarmony", "鸿蒙", "HarmonyOS"),
    ("Android", "Android", "Android"),
    ("iPhone", "iPhone", "iPhone"),
    ("iPad", "iPad", "iPad"),
    ("Windows", "Windows", "Windows"),
    ("Macintosh", "Mac", "Mac"),
    ("CrOS", "ChromeOS", "ChromeOS"),
    ("Linux", "Linux", "Linux"),
];
/// Where Safari is itself; elsewhere it is a word that others say.
const APPLES: [&str; 3] = ["iPhone", "iPad", "Macintosh"];

/// What a device is called: its browser and its system. Where the browser is none of those, also what the device said, as it said it.
pub fn browser(agent: &str) -> (String, Option<String>) {
    if agent.is_empty() {
        return (t("未知设备", "Unknown device").to_owned(), None);
    }
    let says = |mark: &str| agent.contains(mark);
    let apple = APPLES.iter().any(|mark| says(mark));
    let mut known = BROWSERS.iter();
    let known = known.find(|(mark, ..)| says(mark) && (*mark != SAFARI || apple));
    let raw = known.is_none().then(|| agent.to_owned());
    let name = known.map_or_else(
        || t("其他浏览器", "Another browser"),
        |&(_, zh, en)| t(zh, en),
    );
    let system = SYSTEMS.iter().find(|(mark, ..)| says(mark));
    let told = match system {
        Some(&(_, zh, en)) => format!("{name} · {}", t(zh, en)),
        None => name.to_owned(),
    };
    (told, raw)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, Uri, header};

    use super::*;
    use crate::web::reading::said_to;

    const PHONE: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)";
    const IPHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
    const DESK: &str =
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)";

    #[test]
    fn what_devices_say_is_told_by_browser_and_system() {
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (agent, told) in [
            (
                format!("{PHONE} Chrome/126.0.0.0 Mobile Safari/537.36"),
                "Chrome · Android",
            ),
            (
                format!(
                    "{PHONE} Version/4.0 Chrome/86.0.4240.99 XWEB/4343 MQQBrowser/6.2 Mobile Safari/537.36 MicroMessenger/8.0.28"
                ),
                "微信 · Android",
            ),
            (
                format!("{IPHONE} Version/17.5 Mobile/15E148 Safari/604.1"),
                "Safari · iPhone",
            ),
            (
                format!("{IPHONE} Mobile/15E148 MicroMessenger/8.0.49(0x18003131) NetType/WIFI"),
                "微信 · iPhone",
            ),
            (
                format!("{IPHONE} CriOS/126.0.6478.54 Mobile/15E148 Safari/604.1"),
                "Chrome · iPhone",
            ),
            (
                format!("{mac} Version/17.5 Safari/605.1.15"),
                "Safari · Mac",
            ),
            (
                format!("{DESK} Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"),
                "Edge · Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0"
                    .to_owned(),
                "Firefox · Windows",
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0".to_owned(),
                "Firefox · Linux",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; HarmonyOS; NOH-AN00) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0 HuaweiBrowser/14.0 Mobile Safari/537.36"
                    .to_owned(),
                "华为浏览器 · 鸿蒙",
            ),
        ] {
            assert_eq!(browser(&agent), (told.to_owned(), None), "{agent}");
        }
    }

    #[test]
    fn what_is_unknown_is_shown_as_it_was_said() {
        // Cut short before it came to its name, or an app of its own.
        for (agent, told) in [
            (PHONE, "其他浏览器 · Android"),
            ("curl/8.5.0", "其他浏览器"),
            (
                "Mozilla/5.0 (Linux; U; Android 4.4) Version/4.0 Mobile Safari/534.30",
                "其他浏览器 · Android",
            ),
        ] {
            let found = browser(agent);
            assert_eq!(found, (told.to_owned(), Some(agent.to_owned())));
        }
        assert_eq!(browser(""), ("未知设备".to_owned(), None));
    }

    #[test]
    fn names_follow_their_reader() {
        let english = HeaderValue::from_static("en");
        let headers = HeaderMap::from_iter([(header::ACCEPT_LANGUAGE, english)]);
        let told = |agent: &str| said_to(&headers, &Uri::default(), || browser(agent).0);
        assert_eq!(told("MicroMessenger/8.0 (iPhone)"), "WeChat · iPhone");
        assert_eq!(told("curl/8.5.0"), "Another browser");
    }
}
