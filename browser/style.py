"""How the page looks: three columns that fill the window."""

STYLE = """
.pl-page { display: flex; height: 100vh; width: 100%; font-size: 14px; color: #1b1f24; background: #fff; }
.pl-side { flex: 0 0 268px; overflow-y: auto; padding: 10px 14px 24px; background: #f5f6f8; border-right: 1px solid #dde1e6; }
.pl-side .v-sheet, .pl-side .solara-column { background: transparent !important; }
.pl-title { font-size: 22px; font-weight: 700; letter-spacing: .3px; margin-bottom: 12px; }
.pl-summary { color: #4a5560; font-size: 12.5px; line-height: 1.35; margin: 8px 0 8px; }
.pl-pending, .pl-applied { font-size: 12.5px; line-height: 1.35; border-radius: 4px; padding: 5px 8px; }
.pl-pending { background: #fff1d6; border-left: 4px solid #E69F00; }
.pl-applied { color: #4a5560; padding-left: 0; }
.pl-heading { font-weight: 600; font-size: 13px; margin: 12px 0 8px; color: #0b4f7d; }
.pl-input { margin-bottom: 10px; }
.pl-parameters { margin: 7px 0 0 14px; }
.pl-slider-label { font-size: 12.5px; color: #4a5560; }
.pl-side .v-input, .pl-stage .v-input { font-size: 13.5px; }
.pl-side .v-label, .pl-stage .v-label { font-size: 13.5px; }
.pl-stage { flex: 1 1 auto; min-width: 0; overflow-y: auto; padding: 10px 16px 12px; }
.pl-head { position: sticky; top: 0; z-index: 6; background: #fff; }
.pl-buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }
.pl-buttons .v-btn { text-transform: none; letter-spacing: 0; min-width: 66px; }
.pl-gap { flex: 0 0 4px; }
.pl-speed { width: 152px; } .pl-whose { width: 196px; } .pl-tolerance { width: 84px; }
.pl-numbers { display: flex; align-items: flex-end; gap: 26px; margin: 10px 0 6px; }
.pl-name { font-size: 12px; color: #4a5560; line-height: 1.1; }
.pl-value { font-size: 21px; font-weight: 600; line-height: 1.25; font-variant-numeric: tabular-nums; white-space: nowrap; }
.pl-number { min-width: 62px; } .pl-exploitability { min-width: 104px; }
.pl-doing { margin-left: auto; color: #4a5560; padding-bottom: 4px; text-align: right; }
.pl-playing { font-size: 12.5px; color: #4a5560; margin-top: 6px; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
.pl-error { background: #fdeceb; border-left: 4px solid #c62828; padding: 6px 10px; margin-top: 6px; border-radius: 4px; }
.pl-note { background: #e8f4ee; border-left: 4px solid #009E73; padding: 6px 10px; margin-top: 6px; border-radius: 4px; }
.pl-panels { display: flex; gap: 18px; margin-top: 6px; align-items: flex-start; }
.pl-left { flex: 0 1 41%; min-width: 0; } .pl-right { flex: 1 1 59%; min-width: 0; }
.pl-network { position: relative; }
.pl-picture { display: block; width: 100%; height: auto; }
.pl-spot { position: absolute; width: 40px; height: 40px; margin: -20px 0 0 -20px; border-radius: 50%;
  cursor: pointer; outline-offset: 2px; }
.pl-spot:hover { box-shadow: 0 0 0 2px #8a949e; }
.pl-caption { font-size: 12px; color: #4a5560; margin: 4px 0 8px; text-align: center; }
.pl-card { border-top: 1px solid #dde1e6; padding-top: 10px; }
.pl-facts { display: flex; flex-wrap: wrap; gap: 0 16px; margin: 6px 0 2px; font-size: 13.5px; }
.pl-command { white-space: pre-wrap; word-break: break-word; background: #f5f6f8; font-size: 13px;
  border: 1px solid #dde1e6; padding: 8px 10px; border-radius: 4px; }
.pl-downloads { display: flex; flex-wrap: wrap; gap: 8px; }
.pl-downloads .v-btn { text-transform: none; letter-spacing: 0; }
.pl-values { display: grid; grid-template-columns: max-content 1fr; gap: 3px 16px; font-size: 13.5px; }
.pl-key { color: #4a5560; }
.pl-right .v-tab { text-transform: none; letter-spacing: 0; font-size: 14px; min-width: 70px; padding: 0 12px; }
.pl-take { padding: 4px 2px; }
"""
