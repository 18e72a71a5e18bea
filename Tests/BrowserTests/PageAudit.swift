/// What a script finds out about the page it runs in.
struct PageAudit: Decodable {
    let language: String
    let title: String
    let text: String
    /// The width that the content takes, in CSS pixels, and the width of the window.
    let contentWidth: Int
    let windowWidth: Int
    let pictureCount: Int
    /// Pictures that did not load.
    let brokenPictures: [String]
    /// Texts that stand out too little from what is behind them.
    let faintTexts: [String]
    /// Texts that their box cuts off.
    let cutTexts: [String]

    /// Loads lazy pictures too, and then looks at everything.
    ///
    /// Contrast is WCAG 2.2's: 4.5 to 1, and 3 to 1 for text from 24 px, or bold from 18.66 px, and
    /// for signs, which are hidden from screen readers and stand beside words.
    static let script = #"""
        (async () => {
          const pictures = [...document.images];
          pictures.forEach(picture => { picture.loading = 'eager'; });
          await Promise.allSettled(pictures.map(picture => picture.decode()));

          function channels(colour) {
            const found = colour.match(/[\d.]+/g);
            if (!found || colour === 'none') { return [0, 0, 0, 0]; }
            const numbers = found.map(Number);
            return [numbers[0], numbers[1], numbers[2], numbers.length > 3 ? numbers[3] : 1];
          }
          function over(top, under) {
            const mixed = [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3]));
            return [...mixed, 1];
          }
          function ground(element) {
            const layers = [];
            for (let one = element; one; one = one.parentElement) {
              layers.push(channels(getComputedStyle(one).backgroundColor));
              if (layers[layers.length - 1][3] === 1) { break; }
            }
            const canvas = matchMedia('(prefers-color-scheme: dark)').matches
              ? [18, 18, 18, 1] : [255, 255, 255, 1];
            return layers.reduceRight((under, top) => over(top, under), canvas);
          }
          function luminance(colour) {
            const linear = colour.slice(0, 3).map(value => {
              const share = value / 255;
              return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
            });
            return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
          }
          function isShown(element) {
            const box = element.getBoundingClientRect();
            return element.checkVisibility({ visibilityProperty: true }) && box.width > 1
              && box.height > 1 && box.right > 0;
          }

          const faint = [], cut = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const text = node.data.trim(), element = node.parentElement;
            if (text === '' || !isShown(element) || element.closest('script, style, noscript')) {
              continue;
            }
            const style = getComputedStyle(element);
            const isDrawn = element.namespaceURI.endsWith('/svg');
            const behind = ground(element);
            const ink = over(channels(isDrawn ? style.fill : style.color), behind);
            const [dark, light] = [luminance(ink), luminance(behind)].sort((a, b) => a - b);
            const contrast = (light + 0.05) / (dark + 0.05);
            const size = parseFloat(style.fontSize);
            const isLarge = element.ariaHidden === 'true' || size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
            if (contrast < (isLarge ? 3 : 4.5)) {
              faint.push(contrast.toFixed(2) + ' ' + text.slice(0, 40));
            }
            for (let one = element; one && !isDrawn; one = one.parentElement) {
              const hides = ['hidden', 'clip'].includes(getComputedStyle(one).overflowX);
              if (hides && one.scrollWidth > one.clientWidth + 1) { cut.push(text.slice(0, 40)); }
            }
          }
          return {
            language: document.documentElement.lang, title: document.title,
            text: document.body.innerText,
            contentWidth: document.documentElement.scrollWidth, windowWidth: innerWidth,
            pictureCount: pictures.length,
            brokenPictures: pictures.filter(one => one.naturalWidth === 0).map(one => one.src),
            faintTexts: faint, cutTexts: cut
          };
        })()
        """#

    /// How many pixels of each chart have the colour of its series, and how many labels it has.
    static let chartScript = #"""
        [...document.querySelectorAll('.chart')].map(box => {
          let count = 0, faults = 0;
          for (const canvas of box.querySelectorAll('canvas')) {
            const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
            for (let i = 0; i < data.length; i += 4) {
              const isSeries = Math.abs(data[i] - 0x0a) < 24 && Math.abs(data[i + 1] - 0x56) < 24
                && Math.abs(data[i + 2] - 0x84) < 24 && data[i + 3] > 200;
              const isFault = Math.abs(data[i] - 0xa8) < 24 && Math.abs(data[i + 1] - 0x1a) < 24
                && Math.abs(data[i + 2] - 0x0c) < 24 && data[i + 3] > 200;
              if (isSeries) { count += 1; }
              if (isFault) { faults += 1; }
            }
          }
          return { name: box.id, pixelCount: count, faultPixelCount: faults,
            labelCount: box.querySelectorAll('.dygraph-axis-label').length };
        })
        """#

    /// A chart as the second script sees it.
    struct Chart: Decodable {
        let name: String
        let pixelCount: Int
        let faultPixelCount: Int
        let labelCount: Int
    }
}
