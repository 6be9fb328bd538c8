/** Draws the backlog of a day as SVG, for light and dark pages. */

export interface Curve {
  readonly name: string;
  /** One value per minute of the day. */
  readonly values: readonly number[];
}

const WIDTH = 720;
const HEIGHT = 300;
const frame = { left: 70, right: 20, top: 40, bottom: 40 } as const;
const HOURS = 24;
/** One point for so many minutes. */
const STEP_MINUTES = 5;
/** Distinct without color, too. */
const dashes = ['none', '8 4', '2 3'] as const;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#24292f}path{fill:none;stroke-width:2}
.axis{stroke:#8c959f;stroke-width:1}.c0{stroke:#cf222e}.c1{stroke:#9a6700}.c2{stroke:#0969da}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.c0{stroke:#ff7b72}.c1{stroke:#d29922}.c2{stroke:#58a6ff}}`;

export function plotOf(title: string, curves: readonly Curve[]): string {
  const highest = Math.max(1, ...curves.flatMap(({ values }) => values));
  const width = WIDTH - frame.left - frame.right;
  const height = HEIGHT - frame.top - frame.bottom;
  const x = (hour: number) => (frame.left + (hour / HOURS) * width).toFixed(1);
  const y = (value: number) => (frame.top + height - (value / highest) * height).toFixed(1);
  const line = (values: readonly number[]) =>
    values
      .flatMap((value, minute) => (minute % STEP_MINUTES === 0 ? [`${x(minute / 60)} ${y(value)}`] : []))
      .join('L');
  const ticks = [0, 6, 12, 18, 24].map(
    (hour) => `<text x="${x(hour)}" y="${HEIGHT - 18}" text-anchor="middle">${hour}:00</text>`,
  );
  const levels = [0, highest / 2, highest].map(
    (value) =>
      `<text x="${frame.left - 8}" y="${Number(y(value)) + 4}" text-anchor="end">${short(value)}</text>`,
  );
  const drawn = curves.map(
    ({ values }, index) =>
      `<path class="c${index}" stroke-dasharray="${dashes[index]}" d="M${line(values)}"/>`,
  );
  const legend = curves.map(({ name }, index) => {
    const left = frame.left + index * (width / curves.length);
    return `<path class="c${index}" stroke-dasharray="${dashes[index]}" d="M${left} 28h24"/><text x="${left + 30}" y="32">${name}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}">`,
    `<style>${STYLE}</style>`,
    `<text x="${frame.left}" y="14">${title}</text>`,
    `<path class="axis" d="M${x(0)} ${frame.top}V${y(0)}H${x(HOURS)}"/>`,
    ...ticks,
    ...levels,
    ...drawn,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

function short(value: number): string {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} M`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(0)} k` : value.toFixed(0);
}
