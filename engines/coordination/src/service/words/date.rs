//! A date as Java writes it, in UTC: `Sat Nov 21 15:12:54 UTC 2026`.

use relevo_core::WallTime;

const DAY_S: i64 = 24 * 60 * 60;
/// The first of January 1970 was a Thursday.
const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(super) fn java_date(at: WallTime) -> String {
    let seconds = at.0.div_euclid(1000);
    let (days, second) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    let (year, month, day) = civil(days);
    let weekday = WEEKDAYS[days.rem_euclid(7) as usize];
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let month = MONTHS[month];
    format!("{weekday} {month} {day:02} {hour:02}:{minute:02}:{second:02} UTC {year}")
}

/// The year, the month from 0 and the day from 1 of a day counted from 1970, in the Gregorian
/// calendar. Years are taken to begin in March, so that the leap day is their last.
fn civil(days: i64) -> (i64, usize, i64) {
    const FROM_YEAR_0: i64 = 719_468;
    const IN_400_YEARS: i64 = 146_097;
    let (era, day) = (
        (days + FROM_YEAR_0).div_euclid(IN_400_YEARS),
        (days + FROM_YEAR_0).rem_euclid(IN_400_YEARS),
    );
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = (march_month + 2) % 12;
    (era * 400 + year + i64::from(month < 2), month as usize, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let of = |seconds: i64| java_date(WallTime(seconds * 1000));
        assert_eq!(of(0), "Thu Jan 01 00:00:00 UTC 1970");
        assert_eq!(of(951_782_400), "Tue Feb 29 00:00:00 UTC 2000");
        assert_eq!(of(951_868_800), "Wed Mar 01 00:00:00 UTC 2000");
        assert_eq!(of(1_795_273_974), "Sat Nov 21 15:12:54 UTC 2026");
        assert_eq!(of(4_107_542_399), "Sun Feb 28 23:59:59 UTC 2100");
        assert_eq!(of(4_107_542_400), "Mon Mar 01 00:00:00 UTC 2100");
        assert_eq!(of(-1), "Wed Dec 31 23:59:59 UTC 1969");
    }
}
