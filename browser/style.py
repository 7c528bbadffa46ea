"""How the page looks: columns that fill a wide window, one below the other on a narrow one; light and dark."""

STYLE = """
:root { --pl-ink: #1b1f24; --pl-paper: #ffffff; --pl-grid: #e4e8ec; --pl-line: #9aa4ae; --pl-muted: #4a5560;
  --pl-side: #f5f6f8; --pl-head: #0b4f7d; --pl-warn: #fff1d6; --pl-bad: #fdeceb; --pl-good: #e8f4ee; }
:root.pl-dark { --pl-ink: #e8ebee; --pl-paper: #15191e; --pl-grid: #2c333b; --pl-line: #6b7680; --pl-muted: #aab4be;
  --pl-side: #1c2127; --pl-head: #8cc4ee; --pl-warn: #4a3a12; --pl-bad: #4b2020; --pl-good: #173a2b; }
.pl-page { display: flex; height: 100vh; width: 100%; font-size: 14px; color: var(--pl-ink); background: var(--pl-paper); }
.pl-skip { position: absolute; left: -999px; } .pl-skip:focus { left: 8px; top: 8px; z-index: 20; background: var(--pl-paper); }
.pl-page button:focus-visible, .pl-page a:focus-visible { outline: 3px solid #56B4E9; outline-offset: 2px; }
.pl-side { flex: 0 0 276px; overflow-y: auto; padding: 8px 14px 24px; background: var(--pl-side);
  border-right: 1px solid var(--pl-grid); }
.pl-side .v-sheet, .pl-side .solara-column { background: transparent !important; }
.pl-top { display: flex; align-items: center; justify-content: space-between; margin-bottom: 10px; }
.pl-tools { display: flex; align-items: center; }
.pl-tools .v-btn { text-transform: none; letter-spacing: 0; padding: 0 6px !important; min-width: 0; color: var(--pl-head); }
.pl-tools .pl-aside-button { display: none; }
.pl-title { font-size: 21px; font-weight: 700; letter-spacing: .3px; line-height: 1.2; }
.pl-summary { color: var(--pl-muted); font-size: 12.5px; line-height: 1.35; margin: 8px 0 8px; }
.pl-pending, .pl-applied { font-size: 12.5px; line-height: 1.35; border-radius: 4px; padding: 5px 8px; }
.pl-pending { background: var(--pl-warn); border-left: 4px solid #E69F00; }
.pl-applied { color: var(--pl-muted); padding-left: 0; }
.pl-heading { font-weight: 600; font-size: 13px; margin: 12px 0 8px; color: var(--pl-head); }
.pl-input { margin-bottom: 10px; }
.pl-parameters { margin: 8px 0 0 10px; padding-left: 8px; border-left: 2px solid var(--pl-grid); }
.pl-item { display: flex; align-items: flex-start; gap: 4px; margin-bottom: 6px; } .pl-item > div { flex: 1; min-width: 0; }
.pl-fill { display: flex; align-items: center; gap: 6px; margin-top: 6px; } .pl-fill .v-input { flex: 1; min-width: 0; }
.pl-remove { width: 26px; height: 26px; border-radius: 50%; color: var(--pl-muted); font-size: 17px; line-height: 1; }
.pl-remove:hover { background: var(--pl-grid); }
.pl-slider-label + .pl-item { margin-top: 9px; }
.pl-slider-label { font-size: 12.5px; color: var(--pl-muted); overflow-wrap: anywhere; }
.pl-side .v-input, .pl-stage .v-input, .pl-side .v-label, .pl-stage .v-label { font-size: 13.5px; }
.pl-stage { flex: 1 1 auto; min-width: 0; overflow-y: auto; padding: 8px 16px 12px; }
.pl-head { position: sticky; top: -8px; z-index: 6; background: var(--pl-paper); padding-top: 4px; }
.pl-buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.pl-buttons .v-btn, .pl-time .v-btn { text-transform: none; letter-spacing: 0; min-width: 62px; }
.pl-gap { flex: 0 0 2px; }
.pl-speed { width: 150px; } .pl-whose { width: 172px; } .pl-tolerance { width: 84px; }
.pl-time { display: flex; align-items: center; gap: 12px; margin-top: 6px; }
.pl-time .pl-scrubber { flex: 1 1 auto; }
.pl-where { font-size: 12.5px; color: var(--pl-muted); min-width: 128px; white-space: nowrap; }
.pl-numbers { display: flex; flex-wrap: wrap; align-items: flex-end; gap: 4px 24px; margin: 4px 0 4px; }
.pl-name { font-size: 12px; color: var(--pl-muted); line-height: 1.1; text-decoration: underline dotted;
  text-underline-offset: 3px; }
.pl-value { font-size: 20px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pl-number { min-width: 58px; } .pl-exploitability { min-width: 100px; }
.pl-doing { margin-left: auto; color: var(--pl-muted); padding-bottom: 4px; text-align: right; }
.pl-playing { font-size: 12.5px; color: var(--pl-muted); margin-top: 5px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.pl-error { background: var(--pl-bad); border-left: 4px solid #c62828; padding: 6px 10px; margin-top: 6px; border-radius: 4px; }
.pl-difference { border-left: 4px solid var(--pl-grid); padding: 2px 10px; margin-top: 4px; font-size: 13px; }
.pl-note { background: var(--pl-good); border-left: 4px solid #009E73; padding: 6px 10px; margin-top: 6px; border-radius: 4px; }
.pl-lines { display: flex; flex-wrap: wrap; gap: 6px; margin-top: 6px; }
.pl-line { display: inline-flex; align-items: center; border: 1px solid var(--pl-grid); border-left: 5px solid var(--pl-ink);
  border-radius: 4px; font-size: 13px; max-width: 100%; }
.pl-line-1 { border-left-color: #BB5566; } .pl-line-2 { border-left-color: #004488; } .pl-line-3 { border-left-color: #C79A1F; }
:root.pl-dark .pl-line-2 { border-left-color: #6699CC; }
.pl-choose { padding: 3px 9px; text-align: left; } .pl-chosen { font-weight: 700; background: var(--pl-side); }
.pl-panels { display: flex; gap: 18px; margin-top: 4px; align-items: flex-start; }
.pl-left { flex: 0 1 40%; min-width: 0; } .pl-right { flex: 1 1 60%; min-width: 0; }
.pl-chart { width: 100%; overflow: hidden; }
.pl-caption { font-size: 12px; color: var(--pl-muted); margin: 2px 0 8px; text-align: center; }
.pl-card { border-top: 1px solid var(--pl-grid); padding-top: 10px; }
.pl-facts { display: flex; flex-wrap: wrap; gap: 0 16px; margin: 6px 0 2px; font-size: 13.5px; }
.pl-command { white-space: pre-wrap; word-break: break-word; background: var(--pl-side); font-size: 12.5px; color: var(--pl-ink);
  border: 1px solid var(--pl-grid); padding: 7px 10px; border-radius: 4px; flex: 1; min-width: 0; }
.pl-copied { display: flex; align-items: flex-start; gap: 8px; }
.pl-copy { border: 1px solid var(--pl-line); border-radius: 4px; padding: 3px 9px; font-size: 12.5px; color: var(--pl-head); }
.pl-downloads { display: flex; flex-wrap: wrap; gap: 8px; }
.pl-downloads .v-btn { text-transform: none; letter-spacing: 0; }
.pl-values { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; font-size: 13px; overflow-wrap: anywhere; }
.pl-key { color: var(--pl-muted); }
.pl-right .v-tab { text-transform: none; letter-spacing: 0; font-size: 14px; min-width: 60px; padding: 0 10px; }
.pl-right .v-tabs-bar, .pl-right .v-tabs { background: transparent !important; }
.pl-panel, .pl-take { padding: 4px 2px; }
.pl-moved { font-size: 13.5px; background: var(--pl-side); border-radius: 4px; padding: 6px 10px; line-height: 1.5; }
.pl-coming { color: var(--pl-muted); }
.pl-flow { margin: 8px 0 6px; color: var(--pl-muted); font-size: 13px; }
.pl-inside { overflow-x: auto; }
.pl-table { border-collapse: collapse; font-size: 12.5px; width: 100%; }
.pl-table th, .pl-table td { text-align: right; padding: 3px 5px; border-bottom: 1px solid var(--pl-grid); white-space: nowrap;
  font-variant-numeric: tabular-nums; }
.pl-columns th, .pl-columns td { text-align: left; white-space: normal; vertical-align: top; }
.pl-data { font-size: 12px; line-height: 1.35; color: var(--pl-muted); overflow-wrap: anywhere; margin-bottom: 10px; }
.pl-data > div { margin-bottom: 4px; }
.pl-leak { background: var(--pl-bad); color: var(--pl-ink); border-left: 4px solid #c62828; border-radius: 4px; }
.pl-leak, .pl-columns td { padding: 4px 8px; }
.pl-table th:first-child { text-align: left; font-weight: 600; }
.pl-table th.pl-words { text-align: left; }
.pl-table td.pl-words { text-align: left; white-space: normal; min-width: 92px; }
.pl-table tr:first-child th { white-space: normal; }
.pl-grow { flex: 1 1 auto; }
.pl-table td.pl-in { font-weight: 700; } .pl-table td.pl-out { color: var(--pl-muted); }
.pl-swatch { display: inline-block; width: 11px; height: 11px; border-radius: 50%; margin-right: 5px; }
.pl-ask { text-decoration: underline dotted; text-underline-offset: 3px; color: var(--pl-head); padding: 1px 4px; }
.pl-asked { background: var(--pl-warn); border-radius: 3px; }
.pl-derivation { background: var(--pl-side); border-left: 4px solid #56B4E9; padding: 7px 11px; margin: 8px 0; font-size: 13.5px;
  line-height: 1.5; }
.pl-coalitions { max-height: 420px; overflow: auto; } .pl-coalitions p { font-size: 12px; color: var(--pl-muted); }
.pl-kind { width: 160px; } .pl-who { width: 150px; } .pl-what { width: 200px; } .pl-how { width: 140px; }
.pl-newvalue { width: 260px; } .pl-field { width: 240px; }
.pl-compare { margin-top: 12px; }
.pl-glossary dt { font-weight: 700; margin-top: 8px; color: var(--pl-ink); } .pl-glossary dd { margin: 0; color: var(--pl-ink); }
.pl-window { display: none; }
@media (min-width: 1600px) {
  .pl-side { flex-basis: 320px; } .pl-page { font-size: 15px; } .pl-left { flex-basis: 36%; } .pl-right { flex-basis: 64%; }
}
@media (max-width: 1099px) { .pl-panels { flex-direction: column; } .pl-left, .pl-right { width: 100%; flex: 1 1 auto; } }
@media (max-width: 899px) {
  .pl-page { flex-direction: column; height: auto; min-height: 100vh; }
  .pl-side { flex: 0 0 auto; border-right: 0; border-bottom: 1px solid var(--pl-grid); padding: 6px 12px; }
  .pl-tools .pl-aside-button { display: inline-flex; }
  .pl-choices { display: none; } .pl-open .pl-choices { display: block; }
  .pl-top { margin-bottom: 0; }
  .pl-stage { overflow-y: visible; padding: 6px 10px 16px; }
  .pl-head { position: static; }
  .pl-numbers { gap: 4px 16px; } .pl-value { font-size: 17px; } .pl-number, .pl-exploitability { min-width: 0; }
  .pl-doing { margin-left: 0; flex-basis: 100%; text-align: left; }
  .pl-playing { white-space: normal; }
  .pl-gap { display: none; } .pl-where { min-width: 0; }
  .pl-values { grid-template-columns: 1fr; } .pl-key { margin-top: 6px; }
  .pl-who, .pl-what, .pl-how, .pl-kind, .pl-newvalue, .pl-field { width: 100%; }
}
"""
