// What the laboratory consists of.
export const form = `
<h2 id="lab-title">The laboratory</h2>
<p class="hint">A scenario is played on a simulated network and clock, by the same code as the tests. The whole history is there at once; what happens in one instant stands side by side, in its order. The address of this page has the scenario in it: others can open it whose program serves this page on the same port.</p>
<div id="lab-columns">
  <form id="lab-form">
    <div class="group">
      <label for="lab-example">Example</label>
      <select id="lab-example"><option value="">your own</option></select>
    </div>
    <div class="group">
      <label for="lab-seed">Seed of the swarm</label>
      <input id="lab-seed" type="number" min="1" step="1" value="58" inputmode="numeric">
      <button id="lab-open" type="button">Open</button>
    </div>
    <label for="lab-text" class="small">Scenario</label>
    <textarea id="lab-text" rows="10" spellcheck="false" autocapitalize="off" autocomplete="off" aria-describedby="lab-error lab-words"></textarea>
    <p id="lab-error" role="alert"></p>
    <div class="group">
      <button class="primary" title="Key: Ctrl+Enter">Play</button>
      <label title="The posted pace above the eager one, on one axis of time"><input type="checkbox" id="lab-both"> at both paces</label>
    </div>
    <details id="lab-words"><summary>The words of a scenario</summary><pre>pace posted        or eager
routine plain      or posted: whose bytes
until 600ms        the time that is played
latency 20ms       of all that travels, one way
interval 100ms     also listen-wait, poll-wait
file large 120000  a file, beside hello.txt
faults 7           bad luck, drawn from a seed
blocking           clients are waited for, as in IDL
client at 350ms    also: times 10 every 5ms
  get /hello.txt
  send "GET /he"
  pause 200ms
  close-write      or reset, vanish
  read 40000 every 300ms   or read nothing
  keep-open
swarm 58           all is drawn from this seed</pre></details>
  </form>
  <div id="lab-result">
    <div id="lab-picture" tabindex="0" role="group" aria-label="The picture. Left and right: the line before and the next one. Plus and minus: zoom."></div>
    <div class="group" id="lab-steps">
      <button id="lab-back" type="button" aria-label="The line before">◀</button>
      <input id="lab-scrub" type="range" min="0" max="0" value="0" aria-label="The selected line">
      <button id="lab-next" type="button" aria-label="The next line">▶</button>
      <span id="lab-zoom" class="group">
        <button id="lab-out" type="button" aria-label="Show a longer time">−</button>
        <button id="lab-in" type="button" aria-label="Show a shorter time">+</button>
        <button id="lab-all" type="button">All</button>
      </span>
    </div>
    <p id="lab-selected" aria-live="polite"></p>
    <div id="lab-timelines"></div>
    <p id="lab-keep"></p>
  </div>
</div>`;
