// Draws a chart of the results, relative to the official SDK.
import { init } from "echarts";

/** The rows in the chart, and their labels. */
const rowLabels = {
  Bundle: "Bundle",
  "Load and ten Chat calls, CPU": "Load and ten calls",
  "Warm Chat call, CPU": "Warm Chat call",
  "Warm Chat call, all streaming, CPU": "Warm call, all streaming",
  "Stream of 20,000 deltas, the first, CPU": "20,000 deltas, first",
  "List Models of 10,000, CPU": "10,000 models",
  "Message with 25 MB attached, memory": "25 MB attached, memory",
  "100,000 batch results (200 MB), as a file, CPU": "100,000 results",
  "Batch of 100,000 rows, CPU": "Batch of 100,000 rows",
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
    // The plain build is not a client.
    series: Object.entries(names)
      .filter(([who]) => who !== "plain")
      .map(([who, name]) => ({
        name,
        type: "bar",
        barGap: 0,
        data: rows.map(({ figures }) =>
          figures[who] ? Math.min(...figures[who]) / Math.min(...figures.sdk) : null,
        ),
      })),
  });
  const svg = chart.renderToSVGString();
  // Its timer would keep the process alive.
  chart.dispose();
  return `${svg}\n`;
};
