// @ts-check
document.documentElement.classList.add("js");
