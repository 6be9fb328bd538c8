/** The icons, drawn on a grid of 16 by 16. */

const paths = {
  check: 'M3 8.5 6.5 12 13 4.5',
  cross: 'M4 4l8 8M12 4l-8 8',
  copy: 'M5.5 5.5h7v7h-7zM3.5 10.5v-7h7',
  play: 'M5 3.5v9l7-4.5z',
  user: 'M8 8a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM3 13c.6-2.4 2.6-3.5 5-3.5s4.4 1.1 5 3.5',
  users:
    'M6 8a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6ZM1.5 13c.5-2.2 2.3-3.2 4.5-3.2s4 1 4.5 3.2M10.5 3.6a2.3 2.3 0 0 1 0 4.3M12 10.2c1.3.5 2.2 1.4 2.5 2.8',
  timeline: 'M2 4h6M5 8h8M9 12h5',
  trouble: 'M8 2.5 14 13H2zM8 6.5v3M8 11.3v.2',
  data: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 3.5v9',
  home: 'M2.5 7.5 8 3l5.5 4.5M4 6.5V13h8V6.5',
  clock: 'M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12ZM8 5v3.3l2.2 1.5',
  search: 'M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.5 10.5 14 14',
  external: 'M6 3.5H3.5v9h9V10M9 3h4v4M13 3 7.5 8.5',
  replay: 'M3 8a5 5 0 1 0 1.6-3.7M3 2.5V5h2.5',
  download: 'M8 2.5v7M5 7l3 3 3-3M3 13h10',
  upload: 'M8 10V3M5 5.5 8 2.5l3 3M3 13h10',
  trash: 'M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.5 9h6l.5-9',
  plus: 'M8 3v10M3 8h10',
  more: 'M3.5 8h.01M8 8h.01M12.5 8h.01',
  card: 'M2 4h12v8H2zM2 6.5h12',
  lock: 'M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5',
  left: 'M10 3 5 8l5 5',
  right: 'M6 3l5 5-5 5',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
