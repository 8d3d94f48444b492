// The toolbar of stage notebooks: fresh or stale and why, run the stage with what it needs, open its last report.
//
// JupyterLab loads this file as it stands, as a container of module federation: it calls `init` with the modules that
// it shares, then `get("./extension")` for a function that returns the plugin. Nothing is built from anything.
// The server's side is pipeline/lab/extension.py. Whatever it says is put on the page as text, never as HTML.

(() => {
  "use strict";

  const POLL_MS = 500;
  const SHOWN_LINES = 12;
  const VIEW = { shouldStart: false, canStart: false, autoStartDefault: false }; // a report is read, not run
  const REPORT = "stagebook-Report";
  const STYLE = `
    .${REPORT} .lm-TabBar-tabLabel::before { content: "Report: "; }
    .stagebook-Standing { display: flex; align-items: center; gap: 5px; padding: 0 8px; max-width: 26em;
      white-space: nowrap; color: var(--jp-ui-font-color1); font-size: var(--jp-ui-font-size1); }
    .stagebook-Button .jp-ToolbarButtonComponent-label { padding-left: 4px; }
    .stagebook-Standing span { overflow: hidden; text-overflow: ellipsis; }
    .stagebook-Standing::before { content: ""; flex: none; width: 8px; height: 8px; border-radius: 50%;
      border: 2px solid var(--jp-ui-font-color2); }
    .stagebook-Standing[data-state=fresh]::before { background: var(--jp-success-color1);
      border-color: var(--jp-success-color1); }
    .stagebook-Standing[data-state=stale]::before { border-color: var(--jp-warn-color1); }
    .stagebook-Standing[data-state=unclear]::before { border-radius: 0; border-color: var(--jp-error-color1); }
    .stagebook-Standing[data-state=running]::before { background: var(--jp-brand-color1);
      border-color: var(--jp-brand-color1); }`;

  let scope; // what JupyterLab shares: by package, then by version

  async function shared(name) {
    const offers = Object.values(scope[name] ?? {});
    const offer = offers.find((each) => each.loaded || each.eager) ?? offers[0];
    if (!offer) throw new Error(`stagebook: this JupyterLab does not share ${name}`);
    return (await offer.get())();
  }

  async function extension() {
    const names = ["@jupyterlab/notebook", "@jupyterlab/services", "@jupyterlab/ui-components", "@jupyterlab/apputils"];
    const [notebook, services, ui, apputils, widgets] = await Promise.all([...names, "@lumino/widgets"].map(shared));
    return {
      id: "stagebook:toolbar",
      description: "Whether a stage is fresh, a button that runs it, a button that opens its last report.",
      autoStart: true,
      requires: [notebook.INotebookTracker],
      activate(app, tracker) {
        document.head.appendChild(Object.assign(document.createElement("style"), { textContent: STYLE }));
        const lab = { app, ui, apputils, widgets, server: server(services, app), bars: new Set() };
        lab.run = follower(lab);
        const add = (panel) => new Bar(lab, panel);
        tracker.forEach(add);
        tracker.widgetAdded.connect((_, panel) => add(panel));
        refreshWhenChanged(lab);
      },
    };
  }

  // A stage is fresh or not by all that it reads, so whatever is saved here may change what is shown of any notebook.
  function refreshWhenChanged({ app, bars }) {
    const shown = () => bars.forEach((bar) => bar.panel.isVisible && bar.refresh());
    app.serviceManager.contents.fileChanged.connect((_, change) => change.type === "save" && shown());
    app.shell.currentChanged?.connect((_, { newValue }) => bars.forEach((bar) => bar.panel === newValue && bar.refresh()));
  }

  function server({ ServerConnection }, app) {
    const settings = app.serviceManager.serverSettings;
    return async function ask(address, init = {}) {
      const url = `${settings.baseUrl}stagebook/${address}`;
      const response = await ServerConnection.makeRequest(url, init, settings);
      const text = await response.text();
      const answer = text ? JSON.parse(text) : {};
      if (!response.ok) throw new Error(answer.message || response.statusText);
      return answer;
    };
  }

  // Follows the one run that there may be at a time, whoever started it in whichever window.
  function follower(lab) {
    let following = false;
    const tell = (state) => lab.bars.forEach((bar) => bar.follow(state));

    async function follow() {
      if (following) return;
      following = true;
      const lines = [];
      try {
        for (;;) {
          const state = await lab.server(`run?from=${lines.length}`);
          lines.push(...(state.lines ?? []));
          tell({ ...state, lines });
          if (!state.running) return ended(state);
          await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        }
      } catch (error) {
        tell({ running: false });
        complain(error.message);
      } finally {
        following = false;
        lab.bars.forEach((bar) => {
          bar.refresh();
          if (bar.view) renew(bar.view);
        });
      }
    }

    function ended({ problem, report }) {
      if (problem) complain(problem, report);
    }

    function complain(message, report) {
      const look = { label: "Open report", displayType: "accent", callback: () => open(lab.app, report) };
      lab.apputils.Notification.error(message, { autoClose: false, actions: report ? [look] : [] });
    }

    async function start(path) {
      try {
        await lab.server("run", { method: "POST", body: JSON.stringify({ path }) });
      } catch (error) {
        complain(error.message);
      }
      await follow();
    }

    const stop = () => lab.server("run", { method: "DELETE" }).catch((error) => complain(error.message));
    return { start, stop, follow, complain };
  }

  async function open(app, path, beside) {
    const options = beside ? { mode: "split-right", ref: beside } : {};
    const args = { path, factory: "Notebook", kernelPreference: VIEW, options };
    const view = await app.commands.execute("docmanager:open", args);
    await view.context.ready;
    if (!view.title.className.includes(REPORT)) view.title.className += ` ${REPORT}`; // a new label would rename the file
    await renew(view);
    return view;
  }

  // A view may be open since an earlier run. Nobody can save in it, so that nothing is lost.
  async function renew({ isDisposed, context }) {
    if (isDisposed || context.contentsModel?.writable !== false) return;
    await context.revert();
    context.model.dirty = false;
  }

  function button({ ui }, label, icon, tooltip, action) {
    const item = new ui.ToolbarButton({ label, icon, tooltip, onClick: () => action() });
    Object.defineProperty(item, "pressed", { get() {}, set() {} }); // else it says that it is a switch, and is turned over
    item.addClass("stagebook-Button");
    return item;
  }

  // What is added to the toolbar of one notebook. It stays hidden where that is no stage.
  class Bar {
    constructor(lab, panel) {
      Object.assign(this, { lab, panel, standing: { stage: "" }, progress: null, view: null, asking: false, again: false });
      const { Widget } = lab.widgets;
      this.label = new Widget();
      this.label.addClass("stagebook-Standing");
      this.label.node.setAttribute("role", "status");
      this.label.node.appendChild(document.createElement("span"));
      const { fastForwardIcon, stopIcon, fileIcon } = lab.ui;
      this.start = button(lab, "Run stage", fastForwardIcon, "Save, then run this stage and what it needs", () => this.run());
      this.stop = button(lab, "Stop", stopIcon, "Stop the run; what has finished is kept", () => lab.run.stop());
      this.report = button(lab, "Report", fileIcon, "Open the last report of this stage beside it", () => this.read());
      this.items = { standing: this.label, start: this.start, stop: this.stop, report: this.report };
      Object.entries(this.items).forEach(([name, item], at) => panel.toolbar.insertItem(at, `stagebook-${name}`, item));
      this.draw();
      lab.bars.add(this);
      panel.disposed.connect(() => lab.bars.delete(this));
      panel.context.pathChanged.connect(() => this.refresh());
      panel.context.ready.then(() => this.refresh());
    }

    get path() {
      return this.lab.app.serviceManager.contents.localPath(this.panel.context.path);
    }

    // Ask anew; where a question is under way, once more after it, for it may have been asked too early.
    async refresh() {
      this.again = this.asking;
      if (this.asking || this.panel.isDisposed) return;
      this.asking = true;
      try {
        this.standing = await this.lab.server(`stage?path=${encodeURIComponent(this.path)}`);
        if (this.standing.running) this.lab.run.follow();
      } catch (error) {
        this.standing = { ...this.standing, state: "unclear", reason: error.message };
      } finally {
        this.asking = false;
      }
      if (this.again) return this.refresh();
      this.draw();
    }

    follow(run) {
      this.progress = run.running ? run : null;
      this.draw();
    }

    async run() {
      const { context } = this.panel;
      if (context.model.dirty) await context.save();
      if (!context.model.dirty) await this.lab.run.start(this.path);
    }

    async read() {
      const { report } = this.standing;
      if (report) this.view = await open(this.lab.app, report.path, this.panel.id);
    }

    draw() {
      if (this.panel.isDisposed) return;
      const { stage, state, reason, report } = this.standing;
      const run = this.progress;
      Object.values(this.items).forEach((item) => item.setHidden(!stage));
      if (!stage) return;
      this.start.setHidden(Boolean(run));
      this.stop.setHidden(!run);
      this.report.enabled = Boolean(report);
      if (run) this.say("running", progress(run, stage), run.lines.slice(-SHOWN_LINES).join("\n"));
      else this.say(state, state, `${state}: ${reason}${report ? `\nlast report: ${report.status} in ${report.run}` : ""}`);
    }

    say(state, text, more) {
      const { node } = this.label;
      node.dataset.state = state;
      node.title = more;
      node.setAttribute("aria-label", state === "running" ? text : more);
      if (node.firstChild.textContent !== text) node.firstChild.textContent = text;
    }
  }

  // The newest line about this stage, else about whichever is running: `name | cell 3/7 ...`.
  function progress({ stage, lines }, own) {
    const news = lines.map((line) => line.match(/^(\S+) +\| (running|cell \d+\/\d+|\w+)/)).filter(Boolean);
    const newest = news.findLast(([, name]) => name === own) ?? news.at(-1);
    if (!newest) return `${stage}: starting`;
    return `${newest[1]}: ${newest[2]}`;
  }

  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.stagebook = {
    init: (given) => void (scope = given),
    get: async () => {
      const plugin = await extension();
      return () => ({ __esModule: true, default: plugin });
    },
  };
})();
