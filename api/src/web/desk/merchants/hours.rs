//! Opening hours as people write them: a line for some days of the week, with the stretches of the day behind it.

use std::ops::RangeInclusive;

use ledger::community::hours::{Hours, Minute, Stretch};

use crate::web::reading::{say, t};

/// Days of the week.
const DAYS: RangeInclusive<u8> = 1..=7;

/// As they are shown and typed: 周一至周五 09:00-11:30 13:00-17:00.
pub fn lines(Hours(stretches): &Hours) -> Vec<String> {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    for stretch in stretches {
        let days = days_said(&stretch.days);
        let time = format!("{}-{}", stretch.from, stretch.until);
        match lines.last_mut() {
            Some((same, times)) if *same == days => times.push(time),
            _ => lines.push((days, vec![time])),
        }
    }
    let line = |(days, times): (String, Vec<String>)| format!("{days} {}", times.join(" "));
    lines.into_iter().map(line).collect()
}

/// What a day of the week is called; 1 is Monday.
pub fn day_name(day: u8) -> &'static str {
    match day {
        1 => t("周一", "Mon"),
        2 => t("周二", "Tue"),
        3 => t("周三", "Wed"),
        4 => t("周四", "Thu"),
        5 => t("周五", "Fri"),
        6 => t("周六", "Sat"),
        _ => t("周日", "Sun"),
    }
}

/// Days of the week in words: 每天, 周一至周五, 周六、周日.
pub fn days_said(days: &[u8]) -> String {
    let mut days = days.to_vec();
    days.sort_unstable();
    if days.len() == DAYS.count() {
        return t("每天", "daily").to_owned();
    }
    let mut runs: Vec<(u8, u8)> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some((_, last)) if last.saturating_add(1) == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let mut parts = Vec::new();
    for (first, last) in runs {
        let (from, until) = (day_name(first), day_name(last));
        match last.saturating_sub(first) {
            0 => parts.push(from.to_owned()),
            1 => parts.extend([from.to_owned(), until.to_owned()]),
            _ => parts.push(say!("{from}至{until}", "{from}-{until}")),
        }
    }
    parts.join(t("、", ", "))
}

/// From what was typed, in either language; else which line is none, in words.
pub fn read(text: &str) -> Result<Hours, String> {
    let mut stretches = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = plain(line);
        if line.is_empty() {
            continue;
        }
        let Some(found) = of_line(&line) else {
            let number = index.saturating_add(1);
            return Err(say!(
                "第 {number} 行看不懂。每行先写哪几天，再写几点到几点，如：周一至周五 09:00-21:00。全天写 00:00-24:00。",
                "Line {number} is not understood. Write the days and then the time, such as: Mon-Fri 09:00-21:00. \
                 All day is 00:00-24:00."
            ));
        };
        stretches.extend(found);
    }
    Ok(Hours(stretches))
}

/// The same with the signs that a keyboard for English has.
fn plain(line: &str) -> String {
    let sign = |sign| match sign {
        '：' => ':',
        '，' | '、' | '；' | ';' => ',',
        '－' | '–' | '—' | '～' | '~' | '至' | '到' => '-',
        '\u{3000}' | '\t' => ' ',
        other => other,
    };
    let line: String = line.to_lowercase().chars().map(sign).collect();
    let line = line.replace("every day", "daily");
    line.replace(" -", "-").replace("- ", "-").trim().to_owned()
}

fn of_line(line: &str) -> Option<Vec<Stretch>> {
    let times = line.find(|sign: char| sign.is_ascii_digit())?;
    let (days, times) = line.split_at(times);
    let days = days_of(days)?;
    let mut stretches = Vec::new();
    for time in times.split([',', ' ']).filter(|time| !time.is_empty()) {
        let (from, until) = time.split_once('-')?;
        stretches.push(Stretch {
            days: days.clone(),
            from: minute(from)?,
            until: minute(until)?,
        });
    }
    Some(stretches)
}

/// 9:00 is meant as 09:00.
fn minute(text: &str) -> Option<Minute> {
    format!("{text:0>5}").parse().ok()
}

/// Which days; every day where none is named.
fn days_of(text: &str) -> Option<Vec<u8>> {
    let text = text.trim().trim_end_matches(':');
    let mut days = Vec::new();
    for part in text.split([',', ' ']).filter(|part| !part.is_empty()) {
        for day in together(part).or_else(|| from_to(part))? {
            if !days.contains(&day) {
                days.push(day);
            }
        }
    }
    if days.is_empty() {
        days.extend(DAYS);
    }
    days.sort_unstable();
    Some(days)
}

/// Days that have a name together.
fn together(text: &str) -> Option<Vec<u8>> {
    match text {
        "每天" | "每日" | "天天" | "全周" | "daily" => Some(DAYS.collect()),
        "工作日" | "weekdays" => Some((1..=5).collect()),
        "周末" | "weekends" | "weekend" => Some(vec![6, 7]),
        _ => None,
    }
}

/// One day, or from one to another, which may be in the week after.
fn from_to(text: &str) -> Option<Vec<u8>> {
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    Some(match first <= last {
        true => (first..=last).collect(),
        false => (first..=7).chain(1..=last).collect(),
    })
}

fn day(text: &str) -> Option<u8> {
    let mut prefixes = ["星期", "礼拜", "周"].into_iter();
    let rest = prefixes.find_map(|prefix| text.strip_prefix(prefix));
    match rest.unwrap_or(text) {
        "一" | "mon" | "monday" => Some(1),
        "二" | "tue" | "tues" | "tuesday" => Some(2),
        "三" | "wed" | "wednesday" => Some(3),
        "四" | "thu" | "thur" | "thurs" | "thursday" => Some(4),
        "五" | "fri" | "friday" => Some(5),
        "六" | "sat" | "saturday" => Some(6),
        "日" | "天" | "sun" | "sunday" => Some(7),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (typed, shown) in [
            ("", ""),
            ("9:00-21:00", "每天 09:00-21:00"),
            ("每天 00:00-24:00", "每天 00:00-24:00"),
            (
                "周一至周五 09:00-11:30，13:00—17:00\n\n周六、周日：10：00-16：00",
                "周一至周五 09:00-11:30 13:00-17:00|周六、周日 10:00-16:00",
            ),
            ("周一、三、五 8:00 - 12:00", "周一、周三、周五 08:00-12:00"),
            ("Mon - Wed, sun 22:00-06:00", "周一至周三、周日 22:00-06:00"),
            ("周六到周一 9:00-10:00", "周一、周六、周日 09:00-10:00"),
            ("every day 09:00-21:00", "每天 09:00-21:00"),
            ("周末 9:00-10:00", "周六、周日 09:00-10:00"),
        ] {
            let hours = read(typed).expect(typed);
            assert_eq!(hours.flaw(), None, "{typed}");
            let told = lines(&hours);
            assert_eq!(told.join("|"), shown, "{typed}");
            assert_eq!(read(&told.join("\n")), Ok(hours), "{typed}");
        }
    }

    #[test]
    fn the_line_that_is_none_is_named() {
        for wrong in [
            "周一至周五 09:00-21:00\n周八 09:00-10:00",
            "周一 09:00-21:00\n周二",
            "周一 09:00-21:00\n周二 09:00",
            "周一 09:00-21:00\n周二 9点-10点",
            "周一 09:00-21:00\n周二 25:00-26:00",
        ] {
            let told = read(wrong).expect_err(wrong);
            assert!(told.starts_with("第 2 行"), "{told}");
        }
    }
}
