/** Calendar arithmetic on milliseconds since the epoch, always in UTC. */
export const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;
/** The week begins on Monday, which is day 1. */
export const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

export const DAY_MS = 24 * 60 * 60 * 1000;

/** `month` from 0; months beyond a year count on. */
function startOfMonth(year: number, month: number): number {
  // Only setUTCFullYear takes the years 0 to 99 as they are.
  return new Date(0).setUTCFullYear(year, month, 1);
}

/** The Monday of the week that has the month's first Thursday, which is its first week (ISO 8601, and XPath for months). */
function startOfFirstWeek(year: number, month: number): number {
  const first = startOfMonth(year, month);
  const day = weekday(first);
  return day > 4 ? first + (8 - day) * DAY_MS : first - (day - 1) * DAY_MS;
}

/** 1 (Monday) to 7. */
function weekday(millis: number): number {
  return new Date(millis).getUTCDay() || 7;
}

function startOfDay(millis: number): number {
  return Math.floor(millis / DAY_MS) * DAY_MS;
}

/** The number of the week that a day lies in, in a period of `months` months that begins at `month`. */
function weekOf(today: number, year: number, month: number, months: number, mostWeeks: number): number {
  const week = (today - startOfFirstWeek(year, month)) / (7 * DAY_MS) + 1;
  if (week > mostWeeks && today >= startOfFirstWeek(year, month + months)) return 1;
  if (week >= 1) return Math.floor(week);
  return Math.floor((today - startOfFirstWeek(year, month - months)) / (7 * DAY_MS) + 1);
}

/** The value of a component of a date/time picture: a number, or the name that has no number. */
export function component(millis: number, letter: string): number | string | undefined {
  const date = new Date(millis);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth();
  switch (letter) {
    case 'Y':
      return year;
    case 'M':
      return month + 1;
    case 'D':
      return date.getUTCDate();
    case 'd':
      return (startOfDay(millis) - startOfMonth(year, 0)) / DAY_MS + 1;
    case 'F':
      return weekday(millis);
    case 'W':
      return weekOf(startOfDay(millis), year, 0, 12, 52);
    case 'w':
      return weekOf(startOfDay(millis), year, month, 1, 4);
    case 'X':
      if (millis < startOfFirstWeek(year, 0)) return year - 1;
      return millis >= startOfFirstWeek(year + 1, 0) ? year + 1 : year;
    case 'x':
      if (millis < startOfFirstWeek(year, month)) return ((month + 11) % 12) + 1;
      return millis >= startOfFirstWeek(year, month + 1) ? ((month + 1) % 12) + 1 : month + 1;
    default:
      return timeComponent(date, letter);
  }
}

function timeComponent(date: Date, letter: string): number | string | undefined {
  switch (letter) {
    case 'H':
      return date.getUTCHours();
    case 'h':
      return date.getUTCHours() % 12 || 12;
    case 'P':
      return date.getUTCHours() >= 12 ? 'pm' : 'am';
    case 'm':
      return date.getUTCMinutes();
    case 's':
      return date.getUTCSeconds();
    case 'f':
      return date.getUTCMilliseconds();
    case 'C':
    case 'E':
      return 'ISO';
    default:
      return undefined;
  }
}
