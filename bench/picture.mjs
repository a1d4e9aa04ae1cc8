// Draws a chart of the results, relative to the official SDK.
import { init } from "echarts";

/** The rows in the chart, and their labels. */
const rowLabels = {
  "Bundle, minified": "Bundle",
  Load: "Load",
  "Load and first response": "Load and first response",
  "CPU of a Chat call, one at a time": "CPU of a Chat call",
  "CPU of a Chat call, 32 at a time": "CPU, 32 at a time",
  "CPU of a stream of 20,000 deltas": "CPU of 20,000 deltas",
  "CPU of 10,000 models": "CPU of 10,000 models",
  "Memory of a message with 25 MB attached": "Memory, 25 MB attached",
  "Memory of an upload of 200 MB": "Memory, 200 MB uploaded",
  "CPU of 100,000 batch results (200 MB), counts": "CPU of 100,000 results",
};

export const picture = (results, names) => {
  const rows = Object.keys(rowLabels).map((what) => results.find((one) => one.what === what));
  const chart = init(null, null, { renderer: "svg", ssr: true, width: 900, height: 760 });
  chart.setOption({
    animation: false,
    backgroundColor: "#ffffff",
    color: ["#c15f3c", "#e3b29f", "#4d4c48", "#7d9bb5", "#a3b899", "#cfcdc4"],
    legend: { itemGap: 28, top: 10 },
    grid: { left: 180, right: 40, top: 50, bottom: 50 },
    xAxis: { type: "value", name: "Official SDK = 1", nameLocation: "middle", nameGap: 30 },
    yAxis: { type: "category", inverse: true, data: Object.values(rowLabels) },
    series: Object.entries(names).map(([who, name]) => ({
      name,
      type: "bar",
      barGap: 0,
      data: rows.map(({ value }) => (who in value ? value[who] / value.sdk : null)),
    })),
  });
  const svg = chart.renderToSVGString();
  // Its timer would keep the process alive.
  chart.dispose();
  return `${svg}\n`;
};
