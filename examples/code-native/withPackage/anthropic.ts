import component from "prismatic-anthropic";

export const anthropic = component.actions;
